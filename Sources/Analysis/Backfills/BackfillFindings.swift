// What a backfill came to, and what one of another table would cost. Computed from the rows of
// backfill.csv alone.

import RunStore

/// The sum of a backfill's rows.
package struct BackfillFindings: Equatable, Sendable {
  /// How table and view compare at the end, over the partitions.
  package struct Comparison: Equatable, Sendable {
    /// Keys in the table and in the view; one in two partitions counts twice.
    package var (tableIDs, viewIDs) = (0, 0)
    /// Keys that are not as they should be.
    package var (missing, stale, different, doubled) = (0, 0, 0, 0)
    /// Keys of which the view holds a newer version than the table has now.
    package var ahead = 0
    /// Keys that only the view holds.
    package var extra = 0
    /// A few of the keys that are wrong.
    package var examples: [String] = []

    /// Keys that are not as they should be.
    package var wrong: Int { missing + stale + different + doubled }
  }

  /// The amounts of one step.
  package struct Cost: Equatable, Sendable {
    /// Queries, failed ones among them.
    package var queries = 0
    /// From request to answer, in milliseconds; of merges, their own time.
    package var ms = 0.0
    /// CPU time on the server, in milliseconds; nil if no query has it.
    package var cpuMs: Double?
    /// Rows that the step went through in the table.
    package var tableRows = 0
    /// Rows sent to the view; nil if no query says it.
    package var insertedRows: Int?
    /// Bytes read, uncompressed.
    package var readBytes: Int?
    /// New or merged parts, and their bytes.
    package var writtenParts: Int?
    /// See `writtenParts`.
    package var writtenBytes: Int?
  }

  /// How table and view compare at the end; nil if it did not come to that.
  package let comparison: Comparison?
  /// The amounts by step.
  package let costs: [BackfillStep: Cost]
  /// The largest peak of a query's memory tracker, in bytes.
  package let memoryPeakBytes: Int?

  /// Adds up the rows of a backfill.
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
    func place(_ look: BackfillSample) -> [String] {
      [look.shard.map(String.init) ?? "", look.partition]
    }
    let places = looks.map(place).uniqued()
    for here in places {
      let own = looks.filter { place($0) == here }
      // The first look is at all keys, a later one only at those that were wrong.
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
    return places.isEmpty ? nil : all
  }
}

private func sum<Number: AdditiveArithmetic>(_ left: Number?, _ right: Number?) -> Number? {
  guard let left, let right else { return left ?? right }
  return left + right
}

/// What a backfill of a table of some size costs, by what the chunks of another one cost.
///
/// Each of a step's amounts is taken to be `a · rows + b · bytes`, with `a` and `b` not negative
/// and of the least sum of squared differences over the measured queries. Chunks of the same size
/// are assumed, and a view that lacks everything. Peak memory is not extrapolated: it is the
/// largest that was measured, and the backfill's limit bounds it.
package struct BackfillEstimate: Equatable, Sendable {
  /// An amount, and how far the measured ones lie from the formula.
  package struct Amount: Equatable, Sendable {
    /// The amount for the table: two ends where the measured queries, all on rows of one width,
    /// cannot tell what goes with the rows from what goes with the bytes.
    package let value: ClosedRange<Double>
    /// The root of the mean squared difference, as a share of the mean; nil of fewer than three.
    package let residual: Double?
    /// How many queries it rests on.
    package let count: Int
  }

  /// Milliseconds of each step.
  package let ms: [BackfillStep: Amount]
  /// Bytes of new parts.
  package let writtenBytes: Amount?
  /// Bytes that merges wrote for each byte of new parts, as far as they were watched.
  package let mergedPerWritten: Double?
  /// The largest peak of a query's memory tracker, in bytes.
  package let memoryPeakBytes: Int?
  /// Rows of the largest measured query, which that peak goes with.
  package let rowsMax: Int

  /// Milliseconds in all.
  package var totalMs: ClosedRange<Double> {
    let ends = ms.values.map(\.value)
    return ends.map(\.lowerBound).reduce(0, +)...ends.map(\.upperBound).reduce(0, +)
  }

  /// Computes an estimate.
  ///
  /// - Parameters:
  ///   - samples: the rows of a measured backfill.
  ///   - rows: rows of the table, all versions.
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
    // Reading is a part of copying: it counts only where nothing was copied.
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

/// A measured amount, and the size of what it was measured on.
struct Point {
  package var rows: Double
  package var bytes: Double
  package var y: Double
}

/// `a · rows + b · bytes`, not negative, by least squares; or `a · rows` and `b · bytes`, each for
/// itself, where the points do not tell the two apart.
struct Fit {
  package let candidates: [(perRow: Double, perByte: Double)]
  package let residual: Double?

  init?(_ points: [Point]) {
    guard !points.isEmpty else { return nil }
    func sum(_ term: (Point) -> Double) -> Double { points.map(term).reduce(0, +) }
    let (rr, rb, bb) = (
      sum { $0.rows * $0.rows }, sum { $0.rows * $0.bytes }, sum { $0.bytes * $0.bytes }
    )
    let (ry, by) = (sum { $0.rows * $0.y }, sum { $0.bytes * $0.y })
    var candidates: [(perRow: Double, perByte: Double)] = []
    let determinant = rr * bb - rb * rb
    // Chunks of rows that are all of nearly one width say nothing of the two apart.
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
