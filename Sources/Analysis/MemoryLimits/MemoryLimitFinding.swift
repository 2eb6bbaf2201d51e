// What the searches for memory limits came to: what reports and summary.csv say of the frontier.

import RunStore
import Statistics
import Units

/// What one search came to.
package struct MemoryLimitFinding: Equatable, Sendable {
  /// What was looked for.
  package let search: MemoryLimitSearchKind
  package let mergeState: String
  package let path: String
  /// The window whose least limit was looked for; nil where the largest window was.
  package let window: TimeSpan?
  /// The limit whose largest window was looked for, in bytes; nil where the least limit was.
  package let limitBytes: Int?
  /// The bracket: bytes of a limit, or milliseconds of a window.
  package let edge: Edge
  /// How many probes it took.
  package let probes: Int
  /// Why the search could not go on; nil if it could.
  package let failure: String?
  /// What is wrong with the path's answer; nil where it is right. Of a largest window any window
  /// that was checked counts.
  package let wrongAnswer: String?
  /// The median of the tracker's peak where nothing limited the path, in bytes.
  package let peakBytes: Double?
  /// The least limit over the baseline's; nil of the baseline, and where either is not found or
  /// returns wrong rows.
  package let ratio: Double?
  /// The most that a probe at the finished end of the bracket wrote to disk, in bytes.
  package let spilledBytes: Int?
  /// The median time of the probes at the finished end of the bracket, in milliseconds.
  package let clientWallMs: Double?
  /// The rows that the ground truth has in the longest finished window.
  package let rows: Int?

  /// The finished end of the bracket, if every confirmation finished there.
  package var found: Int? { edge.ending == .found ? edge.finished : nil }

  /// The least limit as a share of what the path takes when nothing limits it.
  package var shareOfPeak: Double? {
    guard search == .leastLimit, let found, let peakBytes, peakBytes > 0 else { return nil }
    return Double(found) / peakBytes
  }

  private init(
    _ place: MemoryLimitSearch.Place, _ frontier: MemoryLimitSearch, _ records: Records,
    baseline: Edge?
  ) {
    mergeState = place.mergeState
    path = place.path
    let made = place.probes(in: records)
    let edge = frontier.edge(place, records)
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

  /// Every search of a run that has begun, state by state: limits by window, then windows by limit.
  package static func all(_ records: Records, _ manifest: Manifest) -> [MemoryLimitFinding] {
    guard let question = manifest.frontier, let spanMs = manifest.dataset.spanMs else { return [] }
    let windows = records.frontier.filter { $0.search == .leastLimit }
      .map { TimeSpan(milliseconds: $0.windowMs) }.uniqued()
    let frontier = MemoryLimitSearch(
      question, paths: manifest.paths.map(\.name), windows: windows, spanMs: spanMs)
    return records.frontier.map(\.mergeState).uniqued().flatMap { state in
      [MemoryLimitSearchKind.leastLimit, .largestWindow].flatMap { frontier.places($0, state) }
        .filter { !$0.probes(in: records).isEmpty }
        .map { place in
          let base = MemoryLimitSearch.Place(
            mergeState: state, path: manifest.baseline, fixed: place.fixed)
          let isCompared = place != base && base.wrongAnswer(in: records) == nil
          return MemoryLimitFinding(
            place, frontier, records,
            baseline: isCompared ? frontier.edge(base, records) : nil)
        }
    }
  }
}

extension MemoryLimitFinding {
  /// The rows of summary.csv: the two ends of the bracket, and of limits the ratio. `n` is how many
  /// probes finished at the edge, or, of what was refused, one.
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
