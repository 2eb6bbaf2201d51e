// Known defects of ClickHouse by which an export, or a reader of its file, misses rows: which
// versions have them, what to do, and what exportbench sets because of them.

import ClickHouseClient

/// A defect of ClickHouse that takes rows from an answer or from what a reader sees of a file.
package struct ServerDefect: Sendable, Equatable {
  /// A few words: `Parquet page index`.
  package let name: String
  package let first: ServerVersion
  /// The first version without it, of each release that got the fix; every newer release has it.
  package let fixed: [ServerVersion]
  /// What happens.
  package let finding: String
  /// What it does to an export, and what to do, without the versions.
  package let meaning: String
  /// The pull request of ClickHouse with the fix.
  let fix: Int
  /// Settings of every export on such a version, by name.
  package var workaround: [String: String] = [:]

  /// What it does to an export, what to do, and the versions without it.
  package var advice: String {
    "\(meaning), or update: fixed in \(fixed.map(Self.text).joined(separator: ", ")) and newer "
      + "(ClickHouse pull request \(fix))"
  }

  package func affects(_ version: ServerVersion) -> Bool {
    guard version >= first, let newest = fixed.max() else { return false }
    let patch = fixed.first { ($0.major, $0.minor) == (version.major, version.minor) }
    return version < patch ?? newest
  }

  /// Those that a version has.
  package static func all(of version: ServerVersion) -> [ServerDefect] {
    known.filter { $0.affects(version) }
  }

  /// The settings that keep exports of a version right, by name.
  package static func workarounds(on version: ServerVersion) -> [String: String] {
    all(of: version).reduce(into: [:]) { $0.merge($1.workaround) { $1 } }
  }

  /// What a report says of a version, a sentence for each defect.
  package static func notes(on version: ServerVersion) -> [String] {
    all(of: version).map { "ClickHouse \(version) has a known defect: \($0.finding); \($0.advice)" }
  }

  private static func text(_ version: ServerVersion) -> String {
    version.patch > 0 ? "\(version)" : "\(version.major).\(version.minor)"
  }
}

extension ServerDefect {
  /// In the order in which they are told.
  package static let known = [pageIndex, decimalStatistics, cachedSubquery, cachedUpdate]

  /// Tried: 24.8.4 writes no page index; 25.5.2, 25.8.2, 26.1.2 and 26.3.9 write a wrong one;
  /// 26.5.1, 26.7.2 and 26.9.2 a right one. The writer has had it since pull request 70669.
  static let pageIndex = ServerDefect(
    name: "Parquet page index", first: ServerVersion(24, 10),
    fixed: [
      ServerVersion(25, 8, 23), ServerVersion(26, 1, 12), ServerVersion(26, 2, 17),
      ServerVersion(26, 3, 10), ServerVersion(26, 4),
    ],
    finding: "the page index of a Parquet file has no bounds for pages with strings of more than "
      + "4,096 bytes",
    meaning: "DataFusion and ClickHouse itself then skip such pages, and a filter on a long text "
      + "finds no row; exports of exportbench have output_format_parquet_write_page_index = 0, so "
      + "set it in your own exports too",
    fix: 103334, workaround: ["output_format_parquet_write_page_index": "0"])

  /// Tried: wrong in 24.8.4 and 25.5.2, right in 25.8.2. Which patch releases of 25.3 to 25.7 have
  /// the fix is not known, but all were made after 17 August 2025.
  static let decimalStatistics = ServerDefect(
    name: "Parquet statistics of Decimal", first: ServerVersion(24, 4),
    fixed: [ServerVersion(25, 8)],
    finding: "the smallest and largest Decimal of a Parquet file are compared without their sign",
    meaning: "where a cost is negative, DataFusion, Polars and pyarrow miss rows under a filter on "
      + "it; export such columns as text or as Float64",
    fix: 83754)

  /// Tried: 25.5.2 and 25.8.2 answer right; 25.6 and 25.7 by ClickHouse's issue 84508.
  static let cachedSubquery = ServerDefect(
    name: "query condition cache, subqueries", first: ServerVersion(25, 6),
    fixed: [ServerVersion(25, 8)],
    finding: "the query condition cache keeps what IN (subquery) matched after the subquery's "
      + "answer has changed",
    meaning: "paths that read twice may miss rows; export under the profile lean or with "
      + "use_query_condition_cache = 0",
    fix: 83445)

  /// Tried: 25.8.2 counts 0 of 100 updated rows, and 100 with the cache off.
  static let cachedUpdate = ServerDefect(
    name: "query condition cache, lightweight updates", first: ServerVersion(25, 7),
    fixed: [ServerVersion(25, 8, 17), ServerVersion(25, 11)],
    finding: "the query condition cache misses rows that a lightweight UPDATE has changed",
    meaning: "an export of a table that is updated may lack rows; export under the profile lean or "
      + "with use_query_condition_cache = 0",
    fix: 90204)
}

extension ExportPath {
  /// What the path's own file sets against a workaround, a sentence each.
  ///
  /// - Parameters:
  ///   - version: the server's.
  ///   - own: settings of a benchmark, by name, which count more than the path's.
  /// - Returns: none where the file is written without the defect.
  package func defectNotes(on version: ServerVersion, own: [String: String] = [:]) -> [String] {
    let set = ownSettings.merging(own) { $1 }
    return ServerDefect.all(of: version).flatMap { defect in
      defect.workaround.sorted { $0.key < $1.key }.compactMap { name, value in
        guard let chosen = set[name], chosen != value else { return nil }
        return "the path \(self.name) runs with \(name) = \(chosen), and on ClickHouse "
          + "\(version) \(defect.finding): readers may find no row of its files; set it to "
          + "\(value)"
      }
    }
  }
}
