// How finely the server counts a query's memory: one setting of every measured export and insert.

import Units

/// `max_untracked_memory`: what a thread of the server may allocate before the query's memory
/// tracker counts it.
///
/// The server's own value is 4 MiB for each thread. A query of two threads that takes 8 MiB may
/// then read as nothing, and a ratio of two small peaks means nothing.
package enum UntrackedMemory {
  package static let setting = "max_untracked_memory"
  /// The value that every measured query has unless a benchmark or a path names another, in bytes.
  package static let bytes = 65_536
  package static let settings = [setting: "\(bytes)"]

  /// Says that a file sets another value.
  ///
  /// - Parameters:
  ///   - settings: those that the file sets, by name.
  ///   - owner: what has set them, such as `the path mine`.
  /// - Returns: a sentence; nil where the file leaves the setting alone, or sets the same value.
  package static func note(_ settings: [String: String], of owner: String) -> String? {
    guard let value = settings[setting], value != "\(bytes)" else { return nil }
    let steps = Int(value).map { $0 >= 0 ? "\(ByteCount($0))" : value } ?? value
    return "\(owner) sets \(setting) = \(value): the server counts its memory in steps of \(steps) "
      + "for each thread instead of \(ByteCount(bytes)), so its peaks do not compare with others"
  }
}

extension ExportPath {
  /// Whether the path's file counts memory otherwise, as a sentence.
  package var untrackedMemoryNote: String? {
    UntrackedMemory.note(ownSettings, of: "the path \(name)")
  }

  /// The settings of the path's own file by name; of a name that is there twice, the last counts.
  package var ownSettings: [String: String] {
    settings.reduce(into: [:]) { $0[$1.name] = $1.value }
  }
}
