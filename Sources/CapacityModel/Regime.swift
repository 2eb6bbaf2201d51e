// Regimes: which of two paths needs less memory, in terms of two sizes. A sort holds the bytes of
// its window. FINAL holds the bytes that it merges at once: a granule of each part for each thread,
// or the whole month where that is less.

import Analysis
import CSVRecords
import RunStore
import Statistics

/// One cell of a run: both sizes, and the measured ratio of the two paths.
package struct Regime: Recorded {
  package var run = ""
  package var mergeState = ""
  package var window = ""
  /// The paths' common settings profile, or empty.
  package var profile = ""
  package var threads = 0.0
  /// Parts that the subject read.
  package var parts = 0.0
  /// Uncompressed bytes of a granule of the subject's rows.
  package var granuleBytes = 0.0
  /// Uncompressed bytes of the window's rows, as the baseline reads them.
  package var windowBytes = 0.0
  /// Uncompressed bytes that the subject read: for a view without an order by time, its month.
  package var monthBytes = 0.0
  package var baselinePeakBytes = 0.0
  /// Of peak memory, subject to baseline.
  package var ratio = 0.0
  package var ratioLow: Double?
  package var ratioHigh: Double?
  package var pairs = 0

  package init() {}

  /// Threads × parts × granule.
  package var reachBytes: Double { threads * parts * granuleBytes }
  /// Whether the month is larger than what FINAL merges at once: a larger one costs no more.
  package var isBounded: Bool { monthBytes > reachBytes }
  package var mergedBytes: Double { min(monthBytes, reachBytes) }
  /// Bytes merged at once for each byte of the window: below some value the subject needs less.
  package var mergedShare: Double { mergedBytes / max(1, windowBytes) }
  /// Nil for a single pair.
  package var interval: Interval? {
    guard let ratioLow, let ratioHigh else { return nil }
    return Interval(low: ratioLow, high: ratioHigh)
  }
  /// Whether the interval of the ratio lies below 1; above 1.
  package var needsLess: Bool { (ratioHigh ?? ratio) < 1 }
  package var needsMore: Bool { (ratioLow ?? ratio) > 1 }

  package static var columns: [CSVColumn<Regime>] {
    [
      CSVColumn("run", \.run),
      CSVColumn("merge_state", \.mergeState),
      CSVColumn("window", \.window),
      CSVColumn("profile", \.profile),
      CSVColumn("threads", \.threads),
      CSVColumn("parts", \.parts),
      CSVColumn("granule_bytes", \.granuleBytes),
      CSVColumn("window_bytes", \.windowBytes),
      CSVColumn("month_bytes", \.monthBytes),
      CSVColumn("baseline_peak_bytes", \.baselinePeakBytes),
      CSVColumn("ratio", \.ratio),
      CSVColumn("ratio_low", \.ratioLow),
      CSVColumn("ratio_high", \.ratioHigh),
      CSVColumn("pairs", \.pairs),
    ]
  }
}

extension CapacityRun {
  /// The cells in which both paths answered right, each path with every settings profile that both
  /// have.
  package func regimes(of subject: String, to baseline: String) -> [Regime] {
    let cells = cells
    guard let peak = Sample.figures.first(where: { $0.name == "memory_peak_bytes" }) else {
      return []
    }
    return exportCells(records, order: manifest.paths.map(\.name)).flatMap { group in
      group.subjects.compactMap { one -> Regime? in
        guard Self.base(one.name) == subject else { return nil }
        let profile = String(one.name.dropFirst(subject.count + 1))
        let other = profile.isEmpty ? baseline : "\(baseline)@\(profile)"
        func cell(_ path: String) -> CapacityCell? {
          cells.first {
            $0.path == path && $0.mergeState == group.mergeState && $0.window == group.window
          }
        }
        guard let above = cell(one.name), let below = cell(other),
          let ratio = Estimate(group.ratios(peak, of: one.name, to: other).values)
        else { return nil }
        var regime = Regime()
        (regime.run, regime.mergeState, regime.window) = (name, above.mergeState, above.window)
        regime.profile = profile
        (regime.threads, regime.parts) = (above.drivers.threads, above.drivers.parts)
        regime.granuleBytes = above.drivers.granuleBytes
        regime.windowBytes = below.drivers.windowBytes
        regime.monthBytes = above.drivers.readBytes
        regime.baselinePeakBytes = below.peakBytes
        regime.ratio = ratio.median
        (regime.ratioLow, regime.ratioHigh) = (ratio.interval?.low, ratio.interval?.high)
        regime.pairs = ratio.count
        return regime
      }
    }
  }

  private static func base(_ path: String) -> String { String(path.prefix { $0 != "@" }) }
}

/// Where the subject needs less memory than the baseline.
package struct RegimeFindings: Sendable {
  package let subject: String
  package let baseline: String
  package let runs: [String]
  /// ClickHouse versions.
  package let engines: [String]
  /// Ascending by ``Regime/mergedShare``.
  package let regimes: [Regime]
  /// Whether a report lists every cell.
  package var listsCells = false

  /// - Throws: ``RecordError`` where no run measured both paths.
  package init(
    _ runs: [CapacityRun], of subject: String, to baseline: String
  ) throws(RecordError) {
    (self.subject, self.baseline) = (subject, baseline)
    self.runs = runs.map(\.name)
    engines = runs.map(\.manifest.engine.version).uniqued()
    regimes = runs.flatMap { $0.regimes(of: subject, to: baseline) }
      .sorted { $0.mergedShare < $1.mergedShare }
    guard !regimes.isEmpty else {
      throw RecordError(
        "no run has pairs of \(subject) and \(baseline) with right answers and storage; give a run "
          + "that measured both, or name others with --path and --baseline")
    }
  }

  /// Up to this share the subject needed less in every cell; nil if not even in the first.
  package var lessUpTo: Double? {
    regimes.prefix(while: \.needsLess).last?.mergedShare
  }

  /// From this share on the subject needed more in every cell; nil if not even in the last.
  package var moreFrom: Double? {
    regimes.reversed().prefix(while: \.needsMore).last?.mergedShare
  }
}
