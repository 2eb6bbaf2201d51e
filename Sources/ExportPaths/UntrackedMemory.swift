// Granularity of the server's memory accounting: `max_untracked_memory` of every measured export
// and insert.

import Units

/// `max_untracked_memory`: bytes that a server thread may allocate before the query's memory
/// tracker counts them.
///
/// The default is 4 MiB per thread. A query of two threads that takes 8 MiB may then read as 0, and
/// a ratio of two small peaks is meaningless.
package enum UntrackedMemory {
  package static let setting = "max_untracked_memory"
  /// In bytes, for every measured query unless a benchmark or path overrides it.
  package static let bytes = 65_536
  package static let settings = [setting: "\(bytes)"]

  /// A sentence if `settings`, those of the file of `owner` (such as `the path mine`), override the
  /// value; otherwise nil.
  package static func note(_ settings: [String: String], of owner: String) -> String? {
    guard let value = settings[setting], value != "\(bytes)" else { return nil }
    let steps = Int(value).map { $0 >= 0 ? "\(ByteCount($0))" : value } ?? value
    return "\(owner) sets \(setting) = \(value): the server counts its memory in steps of \(steps) "
      + "for each thread instead of \(ByteCount(bytes)), so its peaks do not compare with others"
  }
}

extension ExportPath {
  /// A sentence if the path's file overrides the value.
  package var untrackedMemoryNote: String? {
    UntrackedMemory.note(ownSettings, of: "the path \(name)")
  }

  /// The settings in the path's file; of duplicates the last wins.
  package var ownSettings: [String: String] {
    settings.reduce(into: [:]) { $0[$1.name] = $1.value }
  }
}
