// Vocabularies of the smaller columns: names, messages, prompts, tools, prices. Few words, so that
// the columns compress like real ones. Types, environments, levels and models come from the
// dataset.

import NativeFormat
import Units

/// Created once per encoder.
struct ColumnVocabularies: Sendable {
  let types: Vocabulary
  let environments: Vocabulary
  let levels: Vocabulary
  let type: Weighted
  let environment: Weighted
  let level: Weighted
  let model: Weighted
  let models: Texts
  let modelIDs: Texts
  let projects: Texts
  /// By type: whether it calls a model, and whether it is an instant without an end.
  let callsModel: [Bool]
  let isPoint: [Bool]
  /// By type: the next type with a weight above 0, or itself.
  let otherTypes: [Int]
  let inputCompressibility: Compressibility
  let outputCompressibility: Compressibility
  let sharedPrefix: Dataset.Payload.SharedPrefix?
  /// By level: the index of its message, or nil.
  let messages: [Int?]

  let names = Texts([
    "chat-completion", "retrieve-documents", "rerank", "summarize-thread", "classify-intent",
    "answer-question", "extract-entities", "generate-title", "embed-query", "plan-steps",
    "call-tool", "check-policy", "translate", "route-request", "draft-reply", "grade-answer",
  ])
  let statusMessages = Texts([
    "upstream rate limit reached, request was retried",
    "completion stopped at the token limit",
    "the tool returned no result within 30 s",
    "schema validation of the structured output failed",
  ])
  let releases = Texts(["1.4.0", "1.4.1", "1.5.0", "2.0.0-rc.1"])
  let parameters = Texts([
    #"{"temperature":"0.7","max_tokens":"1024"}"#,
    #"{"temperature":"0","max_tokens":"4096","top_p":"1"}"#,
    #"{"temperature":"0.2","max_tokens":"2048","response_format":"json_object"}"#,
    #"{"temperature":"1","max_tokens":"512","frequency_penalty":"0.1"}"#,
  ])
  let promptIDs = Texts([
    "cm2k8x0v40001l508prompta01", "cm2k8x0v40002l508promptb02", "cm2k8x0v40003l508promptc03",
    "cm2k8x0v40004l508promptd04",
  ])
  let promptNames = Texts(["support/answer", "support/triage", "search/rewrite", "report/weekly"])
  let tierIDs = Texts(["cm4tier000000standard0000", "cm4tier000001longcontext0"])
  let tierNames = Texts(["Standard", "Long context"])
  let tools = Texts(["search_documents", "get_customer", "create_ticket", "run_query"])
  let toolDefinitions = Texts([
    #"{"description":"Finds passages","parameters":{"query":"string","limit":"integer"}}"#,
    #"{"description":"Reads one customer","parameters":{"customer_id":"string"}}"#,
    #"{"description":"Opens a ticket","parameters":{"title":"string","body":"string"}}"#,
    #"{"description":"Runs a read-only query","parameters":{"sql":"string"}}"#,
  ])
  let toolCalls = Texts([
    #"{"id":"call_a1","name":"search_documents","arguments":{"query":"refund policy","limit":5}}"#,
    #"{"id":"call_b2","name":"get_customer","arguments":{"customer_id":"cus_48151623"}}"#,
    #"{"id":"call_c3","name":"create_ticket","arguments":{"title":"Late parcel","body":""}}"#,
    #"{"id":"call_d4","name":"run_query","arguments":{"sql":"SELECT count() FROM orders"}}"#,
  ])
  let metadataKeys = Vocabulary([
    "user_id", "session_id", "release", "region", "feature", "attributes", "resource",
    "experiment",
  ])
  let usageKeys = Vocabulary(["input", "output", "total"])

  init(_ dataset: Dataset) {
    inputCompressibility = Compressibility(compression: dataset.payload.inputCompression)
    outputCompressibility = Compressibility(compression: dataset.payload.outputCompression)
    sharedPrefix = dataset.payload.sharedPrefix
    types = Vocabulary(dataset.types.map { $0.word })
    environments = Vocabulary(dataset.environments.map { $0.word })
    levels = Vocabulary(dataset.levels.map { $0.word })
    type = Weighted(dataset.types.map { $0.weight })
    environment = Weighted(dataset.environments.map { $0.weight })
    level = Weighted(dataset.levels.map { $0.weight })
    model = Weighted(dataset.models.map { $0.weight })
    models = Texts(dataset.models.map { $0.word })
    modelIDs = Texts(dataset.models.indices.map { "cm3model" + zeroFilled($0, 17) })
    projects = Texts((0..<dataset.projects).map { dataset.projectID($0) })
    callsModel = dataset.types.map { ["GENERATION", "EMBEDDING"].contains($0.word) }
    isPoint = dataset.types.map { $0.word == "EVENT" }
    let count = dataset.types.count
    otherTypes = dataset.types.indices.map { type in
      (1...count).lazy.map { (type + $0) % count }.first { dataset.types[$0].weight > 0 } ?? type
    }
    messages = dataset.levels.map { choice in
      ["WARNING": 0, "ERROR": 2][choice.word]
    }
  }
}
