// Distribution of a table's row times, and outliers at which a default window must not begin or
// end, such as faulty times in 1970 or 2106.
//
// Two rules apply at each end. Times before 2000, or later than a day after the server's clock, are
// excluded unless half of the rows have such times. Rows beyond a gap of 30 days or more are
// excluded if together they are at most 1 % of the rows and fewer than a typical day has; so
// ingestion that resumes after a pause counts.

import ObservationGenerator
import RunStore
import Units

/// The start times of a table or project.
package struct TimeSpread: Sendable, Equatable {
  /// The rows of a day or partition.
  package struct Group: Sendable, Equatable {
    /// Milliseconds since 1970, both inclusive.
    package var first: Int64
    package var last: Int64
    package var rows: Int
  }

  package let rows: Int
  /// All rows, in milliseconds since 1970.
  package let whole: ClosedRange<Int64>
  /// Rows that are not excluded.
  package let body: ClosedRange<Int64>
  /// Excluded rows before and after the others.
  package private(set) var earlier: Manifest.ExcludedRows?
  package private(set) var later: Manifest.ExcludedRows?

  package var bodyRows: Int { rows - (earlier?.rows ?? 0) - (later?.rows ?? 0) }

  /// The documented range of `DateTime64`, 1900 to 2299. A column may contain other values.
  package static let possible: ClosedRange<Int64> = -2_208_988_800_000...10_413_791_999_999
  /// 2000-01-01: older than any table of observations.
  static let oldest: Int64 = 946_684_800_000
  /// Rows beyond a longer gap may be outliers.
  static let gapMs = 30 * dayMs

  /// Nil without rows.
  ///
  /// - Parameters:
  ///   - groups: in any order; none of 0 rows.
  ///   - now: the server's clock, in milliseconds since 1970.
  package init?(_ groups: [Group], now: Int64) {
    let all = groups.filter { $0.rows > 0 }.map { group in
      Group(
        first: Self.clamped(group.first),
        last: max(Self.clamped(group.first), Self.clamped(group.last)),
        rows: group.rows)
    }.sorted { $0.first < $1.first }
    guard let first = all.first?.first, let last = all.map(\.last).max() else { return nil }
    rows = all.reduce(0) { $0 + $1.rows }
    whole = first...last

    let early = all.filter { $0.last < Self.oldest }
    let late = all.filter { $0.first > now + dayMs }
    var kept = all
    if 2 * Self.sum(early) < rows { kept.removeAll { early.contains($0) } }
    if 2 * Self.sum(late) < rows { kept.removeAll { late.contains($0) } }
    let most = max(1, rows / 100)
    let typical = Self.typicalDay(kept)
    kept = Self.withoutStrays(kept, most: most, typicalDay: typical)
    // The same from the other end.
    let mirrored = kept.map { Group(first: -$0.last, last: -$0.first, rows: $0.rows) }
      .sorted { $0.first < $1.first }
    kept = Self.withoutStrays(mirrored, most: most, typicalDay: typical)
      .map { Group(first: -$0.last, last: -$0.first, rows: $0.rows) }
      .sorted { $0.first < $1.first }
    // Each rule keeps at least one row.
    let bodyFirst = kept.first?.first ?? first
    body = bodyFirst...max(bodyFirst, kept.map(\.last).max() ?? last)
    earlier = Self.excluded(all.filter { $0.last < body.lowerBound })
    later = Self.excluded(all.filter { $0.first > body.upperBound })
  }

  private static func clamped(_ time: Int64) -> Int64 {
    min(max(time, possible.lowerBound), possible.upperBound)
  }

  private static func sum(_ groups: [Group]) -> Int { groups.reduce(0) { $0 + $1.rows } }

  /// Rows per day, so that half of the rows lie in groups at least as dense.
  private static func typicalDay(_ groups: [Group]) -> Double {
    let dense = groups.map { group in
      (
        perDay: Double(group.rows) / Double((group.last - group.first) / dayMs + 1),
        rows: group.rows
      )
    }.sorted { $0.perDay > $1.perDay }
    let half = (sum(groups) + 1) / 2
    var seen = 0
    for group in dense {
      seen += group.rows
      if seen >= half { return group.perDay }
    }
    return 0
  }

  /// Removes the latest rows beyond a gap if they are few, as many as allowed.
  private static func withoutStrays(
    _ groups: [Group], most: Int, typicalDay: Double
  ) -> [Group] {
    var reach: [Int64] = []
    for group in groups { reach.append(max(reach.last ?? group.last, group.last)) }
    var (end, tail) = (groups.count, 0)
    for place in groups.indices.dropFirst().reversed() {
      tail += groups[place].rows
      guard tail <= most, Double(tail) < typicalDay else { break }
      if groups[place].first - reach[place - 1] >= gapMs { end = place }
    }
    return Array(groups[..<end])
  }

  private static func excluded(_ groups: [Group]) -> Manifest.ExcludedRows? {
    guard let first = groups.map(\.first).min(), let last = groups.map(\.last).max() else {
      return nil
    }
    return Manifest.ExcludedRows(rows: sum(groups), firstMs: first, lastMs: last)
  }

  // MARK: - Windows

  /// Why a window contains almost none of the rows, as a sentence; nil if it contains as many as
  /// its length suggests. `found` is the number of rows in the window; milliseconds since 1970,
  /// both inclusive.
  package func scarcity(of found: Int, in window: ClosedRange<Int64>) -> String? {
    let length = Double(window.upperBound - window.lowerBound + 1)
    let span = Double(max(dayMs, body.upperBound - body.lowerBound + 1))
    let usual = Double(bodyRows) * min(1, length / span)
    guard found == 0 || Double(found) * 20 < usual else { return nil }
    let few = found == 0 ? "no row" : "\(Count(found)) of \(Count(rows)) rows"
    let usually =
      usual >= 2 ? ", where a window of this length would hold about \(Count(Int(usual)))" : ""
    return
      "the window \(moment(window.lowerBound)) to \(moment(window.upperBound)) has \(few) of "
      + "the project\(usually); the others lie from \(moment(body.lowerBound)) to "
      + "\(moment(body.upperBound)): choose the window with --from and --to"
  }
}

extension Manifest.ExcludedRows {
  /// Such as `1 row at 2106-02-07T06:28:15.000Z`, or `3 rows from … to …`.
  package var words: String {
    let count = rows == 1 ? "1 row" : "\(Count(rows)) rows"
    return firstMs == lastMs
      ? "\(count) at \(moment(firstMs))" : "\(count) from \(moment(firstMs)) to \(moment(lastMs))"
  }
}
