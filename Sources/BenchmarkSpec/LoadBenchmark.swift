// What a load is asked: a file of `Benchmarks/` with a `load`, read and checked as a whole before
// anything runs. Touches no server.

import StrictYAML

/// A benchmark file of a load.
package struct LoadBenchmark: Sendable, Equatable {
  /// A short name, which runs are named after.
  package var name: String
  /// One line for `exportbench list`.
  package var description: String
  /// The dataset file, relative to the benchmark's own folder.
  package var dataset: String
  /// The order of phases and Poisson schedules follow from it.
  package var seed: UInt64
  /// Rows in one insert of what is in the table beforehand.
  package var rowsPerInsert: Int
  /// Streams, phases, service level, searches and thresholds.
  package var question: LoadTestQuestion
  /// Whether the server gathers batches (`async_insert`) and answers when they are written.
  package var isAsync: Bool
  /// Settings of every batch, by name.
  package var ingestSettings: [String: String]
  /// The profile of settings of every export whose path has none of its own; nil is the server's.
  package var profile: String?
  /// Settings of every export, by name, over those of a profile.
  package var settings: [String: String]
  /// What a reader must know before quoting a number.
  package var note: String?

  /// Whether a text is a load's: whether it has a line `load:`.
  package static func isLoad(yaml: String) -> Bool {
    yaml.split(whereSeparator: \.isNewline).contains { $0.hasPrefix("load:") }
  }

  /// Reads and checks a benchmark.
  ///
  /// - Parameters:
  ///   - yaml: the file's text.
  ///   - file: how errors name it.
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
        throw list.wrong("has an export twice; keep one of the two")
      }
    }
    guard !question.streams.isEmpty else {
      throw root.wrong("there is nothing to do; give it 'ingest', 'exports' or both")
    }
    try question.read(try root["load"])
    try question.readConclusions(root)
    self.question = question
  }
}
