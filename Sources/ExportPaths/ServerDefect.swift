// Known ClickHouse defects that lose rows in an export or for a reader of its file: affected
// versions, advice and workarounds.

import ClickHouseClient

package struct ServerDefect: Sendable, Equatable {
  /// Such as `Parquet page index`.
  package let name: String
  package let first: ServerVersion
  /// The first fixed version of each release that got the fix; every newer release has it.
  package let fixed: [ServerVersion]
  /// What the defect does.
  package let finding: String
  /// Effect on an export and remedy, without versions.
  package let meaning: String
  /// ClickHouse's pull request with the fix.
  let fix: Int
  /// Settings for every export on an affected version.
  package var workaround: [String: String] = [:]

  /// Effect, remedy, and fixed versions.
  package var advice: String {
    "\(meaning), or update: fixed in \(fixed.map(Self.text).joined(separator: ", ")) and newer "
      + "(ClickHouse pull request \(fix))"
  }

  package func affects(_ version: ServerVersion) -> Bool {
    guard version >= first, let newest = fixed.max() else { return false }
    let patch = fixed.first { ($0.major, $0.minor) == (version.major, version.minor) }
    return version < patch ?? newest
  }

  /// The defects of a version.
  package static func all(of version: ServerVersion) -> [ServerDefect] {
    known.filter { $0.affects(version) }
  }

  /// The workaround settings for a version.
  package static func workarounds(on version: ServerVersion) -> [String: String] {
    all(of: version).reduce(into: [:]) { $0.merge($1.workaround) { $1 } }
  }

  /// One sentence for each defect of a version.
  package static func notes(on version: ServerVersion) -> [String] {
    all(of: version).map { "ClickHouse \(version) has a known defect: \($0.finding); \($0.advice)" }
  }

  private static func text(_ version: ServerVersion) -> String {
    version.patch > 0 ? "\(version)" : "\(version.major).\(version.minor)"
  }
}

extension ServerDefect {
  /// In the order in which they are reported.
  package static let known = [pageIndex, decimalStatistics, cachedSubquery, cachedUpdate]

  /// Tested: 24.8.4 writes no page index; 25.5.2, 25.8.2, 26.1.2 and 26.3.9 write a wrong one;
  /// 26.5.1, 26.7.2 and 26.9.2 a correct one. The writer has had it since pull request 70669.
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

  /// Tested: wrong in 24.8.4 and 25.5.2, correct in 25.8.2. Patch releases of 25.3 to 25.7 may have
  /// the fix if they are from after 17 August 2025.
  static let decimalStatistics = ServerDefect(
    name: "Parquet statistics of Decimal", first: ServerVersion(24, 4),
    fixed: [ServerVersion(25, 8)],
    finding: "the smallest and largest Decimal of a Parquet file are compared without their sign",
    meaning: "where a cost is negative, DataFusion, Polars and pyarrow miss rows under a filter on "
      + "it; export such columns as text or as Float64",
    fix: 83754)

  /// Tested: 25.5.2 and 25.8.2 are correct; 25.6 and 25.7 according to ClickHouse's issue 84508.
  static let cachedSubquery = ServerDefect(
    name: "query condition cache, subqueries", first: ServerVersion(25, 6),
    fixed: [ServerVersion(25, 8)],
    finding: "the query condition cache keeps what IN (subquery) matched after the subquery's "
      + "answer has changed",
    meaning: "paths that read twice may miss rows; export under the profile lean or with "
      + "use_query_condition_cache = 0",
    fix: 83445)

  /// Tested: 25.8.2 counts 0 of 100 updated rows, and 100 without the cache.
  static let cachedUpdate = ServerDefect(
    name: "query condition cache, lightweight updates", first: ServerVersion(25, 7),
    fixed: [ServerVersion(25, 8, 17), ServerVersion(25, 11)],
    finding: "the query condition cache misses rows that a lightweight UPDATE has changed",
    meaning: "an export of a table that is updated may lack rows; export under the profile lean or "
      + "with use_query_condition_cache = 0",
    fix: 90204)
}

extension ExportPath {
  /// One sentence for each workaround that the path's file overrides.
  ///
  /// - Parameter own: a benchmark's settings, which override the path's.
  /// - Returns: empty if the file is written without the defect.
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
