// A load test's benchmark file, read and checked completely before a run. Uses no server.

import StrictYAML

package struct LoadBenchmark: Sendable, Equatable {
  /// Runs are named after it.
  package var name: String
  /// One line for `exportbench list`.
  package var description: String
  /// Relative to the benchmark file.
  package var dataset: String
  /// Determines the order of phases and Poisson schedules.
  package var seed: UInt64
  /// Rows per insert when preloading.
  package var rowsPerInsert: Int
  package var question: LoadTestQuestion
  /// Use `async_insert`; the server responds when rows are written.
  package var isAsync: Bool
  package var ingestSettings: [String: String]
  /// For exports whose path has no profile; nil for the server's.
  package var profile: String?
  /// Override those of the profile.
  package var settings: [String: String]
  /// Repeated in reports.
  package var note: String?

  /// Whether a text has a line `load:`.
  package static func isLoad(yaml: String) -> Bool {
    yaml.split(whereSeparator: \.isNewline).contains { $0.hasPrefix("load:") }
  }

  /// - Parameter file: for error messages.
  /// - Throws: ``DocumentError`` with file, line and remedy.
  package init(yaml: String, file: String) throws(DocumentError) {
    self = try Document.read(yaml, file: file) { root throws(DocumentError) in
      try LoadBenchmark(root)
    }
  }

  /// Reads and checks a benchmark whose `extends` is resolved.
  package init(_ document: ExtendedDocument) throws(DocumentError) {
    do { try self.init(yaml: document.text, file: document.name) } catch {
      throw document.located(error)
    }
  }

  private init(_ root: Mapping) throws(DocumentError) {
    name = try root["name"].string()
    guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else {
      throw try root["name"].wrong("is '\(name)'; use letters, digits and hyphens only")
    }
    description = try root["description"].string()
    dataset = try root["dataset"].string()
    let seed = UInt64(try root.given("seed")?.integer(in: 0...Int.max) ?? 1)
    self.seed = seed
    rowsPerInsert = try root.given("rows_per_insert")?.count(in: 1...10_000_000) ?? 10_000
    profile = try root.given("profile")?.string()
    settings = try root.given("settings")?.settings() ?? [:]
    note = try root.given("note")?.string()
    var question = LoadTestQuestion()
    (isAsync, ingestSettings) = (true, [:])
    if let entry = root.given("ingest") {
      (question.ingest, isAsync, ingestSettings) = try entry.mapping {
        entry throws(DocumentError) in
        (
          try LoadTestQuestion.Stream(ingest: entry, seed: seed),
          try entry.given("async_insert")?.bool() ?? true,
          try entry.given("settings")?.settings() ?? [:]
        )
      }
    }
    if let list = root.given("exports") {
      question.exports = try list.list { value throws(DocumentError) in
        try value.mapping { entry throws(DocumentError) in
          try LoadTestQuestion.Stream.exports(entry, seed: seed)
        }
      }.flatMap { $0 }
      let names = question.exports.map(\.name)
      guard Set(names).count == names.count else {
        throw list.wrong("has an export twice; list each once")
      }
    }
    guard !question.streams.isEmpty else {
      throw root.wrong("there is nothing to measure; add 'ingest', 'exports' or both")
    }
    try question.read(try root["load"])
    try question.readConclusions(root)
    self.question = question
  }
}
