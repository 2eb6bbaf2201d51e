// Totals of a backfill, and cost estimates for other tables, computed from backfill.csv.

import RunStore

package struct BackfillFindings: Equatable, Sendable {
  package struct Comparison: Equatable, Sendable {
    /// A key in two partitions counts twice.
    package var (tableIDs, viewIDs) = (0, 0)
    package var (missing, stale, different, doubled) = (0, 0, 0, 0)
    /// Keys with a newer version in the view than in the table.
    package var ahead = 0
    /// Keys only in the view.
    package var extra = 0
    package var examples: [String] = []

    package var wrong: Int { missing + stale + different + doubled }
  }

  package struct Cost: Equatable, Sendable {
    /// Including failed queries.
    package var queries = 0
    /// From request to response, in milliseconds; for merges, their duration.
    package var ms = 0.0
    /// Server CPU time, in milliseconds; nil if no query has it.
    package var cpuMs: Double?
    package var tableRows = 0
    /// Nil if no query reports it.
    package var insertedRows: Int?
    /// Uncompressed.
    package var readBytes: Int?
    package var writtenParts: Int?
    package var writtenBytes: Int?
  }

  /// Nil if the backfill did not reach the comparison.
  package let comparison: Comparison?
  package let costs: [BackfillStep: Cost]
  /// Maximum of the query memory trackers, in bytes.
  package let memoryPeakBytes: Int?

  package init(_ samples: [BackfillSample]) {
    var costs: [BackfillStep: Cost] = [:]
    for sample in samples {
      var cost = costs[sample.step] ?? Cost()
      cost.queries += 1
      cost.ms += sample.clientWallMs ?? sample.serverQueryMs ?? 0
      cost.cpuMs = sum(cost.cpuMs, sample.serverCPUMs)
      cost.tableRows += sample.tableRows ?? 0
      cost.insertedRows = sum(cost.insertedRows, sample.insertedRows)
      cost.readBytes = sum(cost.readBytes, sample.readBytes)
      cost.writtenParts = sum(cost.writtenParts, sample.writtenParts)
      cost.writtenBytes = sum(cost.writtenBytes, sample.writtenBytes)
      costs[sample.step] = cost
    }
    self.costs = costs
    memoryPeakBytes = samples.filter { $0.step != .merge }.compactMap(\.memoryPeakBytes).max()
    comparison = Self.compare(
      samples.filter { [.verify, .final].contains($0.step) && $0.status == .ok })
  }

  private static func compare(_ looks: [BackfillSample]) -> Comparison? {
    var all = Comparison()
    for (_, own) in looks.grouped(by: { [$0.shard.map(String.init) ?? "", $0.partition] }) {
      // The first survey covers all keys, later ones only those that were wrong.
      let whole = own.last { $0.tableRows != nil && $0.tableIDs != nil }
      all.tableIDs += whole?.tableIDs ?? 0
      all.viewIDs += whole?.viewIDs ?? 0
      all.ahead += whole?.aheadIDs ?? 0
      all.extra += whole?.extraIDs ?? 0
      let last = own.last { $0.missingIDs != nil }
      all.missing += last?.missingIDs ?? 0
      all.stale += last?.staleIDs ?? 0
      all.different += last?.differentIDs ?? 0
      all.doubled += own.last { $0.doubledIDs != nil }?.doubledIDs ?? 0
      if let last, last.wrongIDs != 0 { all.examples += [last.examples].compactMap(\.self) }
    }
    return looks.isEmpty ? nil : all
  }
}

private func sum<Number: AdditiveArithmetic>(_ left: Number?, _ right: Number?) -> Number? {
  guard let left, let right else { return left ?? right }
  return left + right
}

/// Cost of a backfill of another table, extrapolated from the measured chunks.
///
/// Each amount of a step is modelled as `a · rows + b · bytes`, with non-negative `a` and `b` that
/// minimize the squared error over the measured queries. Assumes chunks of the same size and an
/// empty view. Peak memory is not extrapolated: it is the measured maximum, bounded by the
/// backfill's limit.
package struct BackfillEstimate: Equatable, Sendable {
  package struct Amount: Equatable, Sendable {
    /// An interval if all measured rows have one width, which does not separate `a` from `b`.
    package let value: ClosedRange<Double>
    /// Root mean squared error as a share of the mean; nil with fewer than three queries.
    package let residual: Double?
    /// Number of measured queries.
    package let count: Int
  }

  /// Milliseconds per step.
  package let ms: [BackfillStep: Amount]
  package let writtenBytes: Amount?
  /// Bytes written by merges per byte of new parts, while they were observed.
  package let mergedPerWritten: Double?
  /// Maximum of the query memory trackers, in bytes.
  package let memoryPeakBytes: Int?
  /// Rows of the largest measured query, to which the peak belongs.
  package let rowsMax: Int

  package var totalMs: ClosedRange<Double> {
    let ends = ms.values.map(\.value)
    return ends.map(\.lowerBound).reduce(0, +)...ends.map(\.upperBound).reduce(0, +)
  }

  /// - Parameters:
  ///   - samples: of a measured backfill.
  ///   - rows: all versions in the table.
  ///   - bytes: their uncompressed bytes (`data_uncompressed_bytes` of `system.parts`).
  package init(from samples: [BackfillSample], rows: Int, bytes: Int) {
    let good = samples.filter { $0.status == .ok && $0.tableRows ?? 0 > 0 }
    func amount(_ step: BackfillStep, _ figure: (BackfillSample) -> Double?) -> Amount? {
      let points = good.filter { $0.step == step }.compactMap { sample in
        figure(sample).map {
          Point(rows: Double(sample.tableRows ?? 0), bytes: Double(sample.tableBytes ?? 0), y: $0)
        }
      }
      return Fit(points).map {
        Amount(
          value: $0(rows: Double(rows), bytes: Double(bytes)), residual: $0.residual,
          count: points.count)
      }
    }
    var ms: [BackfillStep: Amount] = [:]
    for step in [BackfillStep.survey, .read, .copy, .verify, .final] {
      ms[step] = amount(step, \.clientWallMs)
    }
    // Copying includes reading, so reading counts only if nothing was copied.
    if ms[.copy] != nil { ms[.read] = nil }
    self.ms = ms
    writtenBytes = amount(.copy) { $0.writtenBytes.map(Double.init) }
    rowsMax = good.compactMap(\.tableRows).max() ?? 0
    let findings = BackfillFindings(samples)
    memoryPeakBytes = findings.memoryPeakBytes
    let written = findings.costs[.copy]?.writtenBytes ?? 0
    mergedPerWritten =
      written > 0
      ? findings.costs[.merge]?.writtenBytes.map { Double($0) / Double(written) } : nil
  }
}

struct Point {
  var rows: Double
  var bytes: Double
  var y: Double
}

/// `a · rows + b · bytes`, non-negative, by least squares; or `a · rows` and `b · bytes` separately
/// if the points do not separate them.
struct Fit {
  let candidates: [(perRow: Double, perByte: Double)]
  let residual: Double?

  init?(_ points: [Point]) {
    guard !points.isEmpty else { return nil }
    func sum(_ term: (Point) -> Double) -> Double { points.map(term).reduce(0, +) }
    let (rr, rb, bb) = (
      sum { $0.rows * $0.rows }, sum { $0.rows * $0.bytes }, sum { $0.bytes * $0.bytes }
    )
    let (ry, by) = (sum { $0.rows * $0.y }, sum { $0.bytes * $0.y })
    var candidates: [(perRow: Double, perByte: Double)] = []
    let determinant = rr * bb - rb * rb
    // Rows of nearly the same width do not separate the terms.
    if determinant > 0.01 * rr * bb {
      let both = ((ry * bb - by * rb) / determinant, (by * rr - ry * rb) / determinant)
      if both.0 >= 0, both.1 >= 0 { candidates = [both] }
    }
    if candidates.isEmpty {
      if bb > 0 { candidates.append((0, max(0, by / bb))) }
      if rr > 0 { candidates.append((max(0, ry / rr), 0)) }
    }
    func error(_ fit: (perRow: Double, perByte: Double)) -> Double {
      sum { point in
        let difference = point.y - fit.perRow * point.rows - fit.perByte * point.bytes
        return difference * difference
      }
    }
    guard let worst = candidates.map(error).max() else { return nil }
    self.candidates = candidates
    let mean = sum(\.y) / Double(points.count)
    residual =
      points.count >= 3 && mean > 0 ? (worst / Double(points.count)).squareRoot() / mean : nil
  }

  func callAsFunction(rows: Double, bytes: Double) -> ClosedRange<Double> {
    let values = candidates.map { $0.perRow * rows + $0.perByte * bytes }
    return (values.min() ?? 0)...(values.max() ?? 0)
  }
}
