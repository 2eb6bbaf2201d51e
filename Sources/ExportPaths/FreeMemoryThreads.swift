// Settings by which a server lowers a query's threads while little memory is free.

import ClickHouseClient

/// Since 26.5 `max_threads` falls when the server's free memory is below this value per thread
/// (default 1 GiB; 4 GiB for inserts). A peak would then depend on what else is in memory, so every
/// export sets both to 0.
package enum FreeMemoryThreads {
  package static let names = [
    "max_threads_min_free_memory_per_thread", "max_insert_threads_min_free_memory_per_thread",
  ]
  static let first = ServerVersion(26, 5)

  package static func settings(on version: ServerVersion) -> [String: String] {
    version < first ? [:] : Dictionary(uniqueKeysWithValues: names.map { ($0, "0") })
  }
}

extension ExportPath {
  /// Settings of every export because of the server's version.
  package static func versionSettings(on version: ServerVersion) -> [String: String] {
    ServerDefect.workarounds(on: version).merging(FreeMemoryThreads.settings(on: version)) { $1 }
  }
}
