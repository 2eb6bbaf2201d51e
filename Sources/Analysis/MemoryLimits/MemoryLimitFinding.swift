// Results of memory limit searches, for reports and summary.csv.

import RunStore
import Statistics
import Units

package struct MemoryLimitFinding: Equatable, Sendable {
  package let search: MemoryLimitSearchKind
  package let mergeState: String
  package let path: String
  /// For a search of the minimum limit; otherwise nil.
  package let window: TimeSpan?
  /// For a search of the largest window, in bytes; otherwise nil.
  package let limitBytes: Int?
  /// Bytes of a limit, or milliseconds of a window.
  package let edge: Edge
  package let probes: Int
  /// Why the search stopped early; nil if it did not.
  package let failure: String?
  /// Finding of the content check; nil if right. For a largest window, any checked window counts.
  package let wrongAnswer: String?
  /// Median tracker peak without a limit, in bytes.
  package let peakBytes: Double?
  /// Minimum limit divided by the baseline's; nil for the baseline, and if either is unknown or
  /// wrong.
  package let ratio: Double?
  /// Maximum bytes written to disk by a probe at the successful end.
  package let spilledBytes: Int?
  /// Median of the probes at the successful end, in milliseconds.
  package let clientWallMs: Double?
  /// Ground truth rows of the longest successful window.
  package let rows: Int?

  /// The successful end, if all confirmations succeeded.
  package var found: Int? { edge.ending == .found ? edge.finished : nil }

  /// Minimum limit as a share of the unlimited peak.
  package var shareOfPeak: Double? {
    guard search == .leastLimit, let found, let peakBytes, peakBytes > 0 else { return nil }
    return Double(found) / peakBytes
  }

  private init(
    _ place: MemoryLimitSearch.Place, _ limitSearch: MemoryLimitSearch, _ records: Records,
    baseline: Edge?
  ) {
    mergeState = place.mergeState
    path = place.path
    let made = place.probes(in: records)
    let edge = limitSearch.edge(place, records)
    let atEdge = made.filter {
      $0.status == .finished && place.trial($0).position == edge.finished
    }
    self.edge = edge
    switch place.fixed {
    case .window(let window):
      (search, self.window, limitBytes) = (.leastLimit, window, nil)
    case .limit(let limit):
      (search, window, limitBytes) = (.largestWindow, nil, limit)
    }
    probes = made.count
    wrongAnswer = place.wrongAnswer(in: records)
    failure = made.compactMap(\.failure).first
    peakBytes = place.peakBytes(in: records)
    spilledBytes = atEdge.compactMap(\.spilledBytes).max()
    clientWallMs = Statistics.median(atEdge.compactMap(\.clientWallMs))
    rows = atEdge.first?.expectedRows
    if wrongAnswer == nil, let baseline, baseline.ending == .found, edge.ending == .found,
      let own = edge.finished,
      let base = baseline.finished, base > 0
    {
      ratio = Double(own) / Double(base)
    } else {
      ratio = nil
    }
  }

  /// All started searches by merge state: limits by window, then windows by limit.
  package static func all(_ records: Records, _ manifest: Manifest) -> [MemoryLimitFinding] {
    guard let question = manifest.memoryLimits, let spanMs = manifest.dataset.spanMs else {
      return []
    }
    let windows = records.memoryLimits.filter { $0.search == .leastLimit }
      .map { TimeSpan(milliseconds: $0.windowMs) }.uniqued()
    let limitSearch = MemoryLimitSearch(
      question, paths: manifest.paths.map(\.name), windows: windows, spanMs: spanMs)
    return records.memoryLimits.map(\.mergeState).uniqued().flatMap { state in
      [MemoryLimitSearchKind.leastLimit, .largestWindow].flatMap { limitSearch.places($0, state) }
        .filter { !$0.probes(in: records).isEmpty }
        .map { place in
          let base = MemoryLimitSearch.Place(
            mergeState: state, path: manifest.baseline, fixed: place.fixed)
          let isCompared = place != base && base.wrongAnswer(in: records) == nil
          return MemoryLimitFinding(
            place, limitSearch, records,
            baseline: isCompared ? limitSearch.edge(base, records) : nil)
        }
    }
  }
}

extension MemoryLimitFinding {
  /// Rows for summary.csv: both ends of the bracket, and the ratio of limits. `n` is the number of
  /// successful probes at the edge, or 1 for refusals.
  package func rows(baseline: String) -> [SummaryRow] {
    var row = SummaryRow()
    row.scope = .memoryLimit
    row.mergeState = mergeState
    row.window = window?.description
    row.windowMs = window?.milliseconds
    row.unit = search == .leastLimit ? .bytes : .milliseconds
    row.wrongRows = wrongAnswer == nil ? 0 : probes
    row.subject = limitBytes.map { "\(path) in \(ByteCount($0))" } ?? path
    func figure(_ name: String, _ value: Double?, _ count: Int, _ subject: String) -> SummaryRow? {
      guard let value else { return nil }
      var row = row
      (row.figure, row.subject, row.n) = (name, subject, count)
      (row.median, row.min, row.max) = (value, value, value)
      return row
    }
    let names =
      search == .leastLimit
      ? ("least_limit_bytes", "refused_limit_bytes") : ("largest_window_ms", "refused_window_ms")
    return [
      figure(names.0, found.map(Double.init), edge.confirmations, row.subject),
      figure(names.1, edge.refused.map(Double.init), 1, row.subject),
      figure(names.0, ratio, edge.confirmations, "\(path)/\(baseline)"),
    ].compactMap(\.self)
  }
}
