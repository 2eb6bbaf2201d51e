// Pinned embedded engines: one list of wheels per version, which scripts/setup installs from.

import Foundation

extension Engine {
  package struct Known: Sendable, Equatable {
    /// The short version: `25.8`.
    package let version: String
    /// The exact version of ClickHouse: `25.8.2.1`.
    package let clickHouse: String
    /// The only CPython version of its wheel, such as `3.11`; nil for any.
    package let python: String?
    /// Whether its wheel exports no server, so that the bridge serves it.
    package let isBridged: Bool
    /// Whether the engine writes `query_log`; if not, the bridge takes entries from its debug log.
    package let writesQueryLog: Bool

    package init?(version: String, pins: String) {
      func comment(_ key: String) -> String? {
        let prefix = "# \(key): "
        return pins.split(separator: "\n").first { $0.hasPrefix(prefix) }
          .map { String($0.dropFirst(prefix.count)) }
      }
      guard let clickHouse = comment("clickhouse") else { return nil }
      self.version = version
      self.clickHouse = clickHouse
      python = comment("python")
      isBridged = comment("bridge") != nil
      writesQueryLog = comment("query-log") != "no"
    }
  }

  /// Every pinned version, oldest first.
  package static func known() throws(ServerError) -> [Known] {
    let folder = try resource("wheels")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let versions = names.filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }.sorted()
    return versions.compactMap { version in
      (try? String(contentsOfFile: "\(folder)/\(version).txt", encoding: .utf8))
        .flatMap { Known(version: version, pins: $0) }
    }
  }
}
