// How finely the server counts a query's memory: one setting of every measured export and insert.

import ClickHouseClient
import ExportPaths
import Results
import Units

/// `max_untracked_memory`: what a thread of the server may allocate before the query's memory
/// tracker counts it.
///
/// The server's own value is 4 MiB for each thread. A query of two threads that takes 8 MiB may
/// then read as nothing, and a ratio of two small peaks means nothing.
enum UntrackedMemory {
  static let setting = "max_untracked_memory"
  /// The value that every measured query has unless a benchmark or a path names another, in bytes.
  static let bytes = 65_536
  static let settings = [setting: "\(bytes)"]

  /// Says that a file sets another value.
  ///
  /// - Parameters:
  ///   - settings: those that the file sets, by name.
  ///   - owner: what has set them, such as `the path mine`.
  /// - Returns: a sentence; nil where the file leaves the setting alone, or sets the same value.
  static func note(_ settings: [String: String], of owner: String) -> String? {
    guard let value = settings[setting], value != "\(bytes)" else { return nil }
    let steps = Int(value).map { $0 >= 0 ? "\(ByteCount($0))" : value } ?? value
    return "\(owner) sets \(setting) = \(value): the server counts its memory in steps of \(steps) "
      + "for each thread instead of \(ByteCount(bytes)), so its peaks do not compare with others"
  }
}

extension Benchmark {
  /// What of a benchmark counts memory otherwise, a sentence each.
  var untrackedMemoryNotes: [String] {
    let legs =
      writes.legs.map { ($0.settings, "the leg '\($0.name)'") }
      + [writes.sustained].compactMap { $0.map { ($0.settings, "the leg 'sustained'") } }
    return ([(settings, "the benchmark \(name)")] + legs).compactMap {
      UntrackedMemory.note($0.0, of: $0.1)
    }
  }
}

extension LoadBenchmark {
  /// What of a load counts memory otherwise, a sentence each.
  var untrackedMemoryNotes: [String] {
    [(settings, "the benchmark \(name)"), (ingestSettings, "'ingest' of the benchmark \(name)")]
      .compactMap { UntrackedMemory.note($0.0, of: $0.1) }
  }
}

extension ExportPath {
  /// Whether the path's file counts memory otherwise, as a sentence.
  var untrackedMemoryNote: String? {
    UntrackedMemory.note(ownSettings, of: "the path \(name)")
  }

  /// The settings of the path's own file by name; of a name that is there twice, the last counts.
  var ownSettings: [String: String] {
    settings.reduce(into: [:]) { $0[$1.name] = $1.value }
  }
}
