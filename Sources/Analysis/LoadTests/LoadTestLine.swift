// Results of one stream in one kind of phase, over all rounds.

import BenchmarkSpec
import CSVRecords
import RunStore
import Statistics
import Units

package struct LoadTestLine: Sendable {
  package let streamMix: StreamMix
  package let target: InsertTarget
  /// Nil if there is no export.
  package let export: String?
  package let stream: String
  package let phases: [Int]
  /// Measured requests.
  package let requests: Int
  package let succeeded: Int
  /// Failed requests by error name, most frequent first.
  package let errors: [(name: String, count: Int, message: String?)]
  /// From the due time.
  package let response: LatencyHistogram
  /// From the actual start.
  package let service: LatencyHistogram
  /// For a free connection.
  package let wait: LatencyHistogram
  /// Delay by the harness.
  package let lag: LatencyHistogram
  /// The longest delay from the intended to the real start in milliseconds, or until a request was
  /// given up that never began; nil without requests.
  package let startDelayMaxMs: Double?
  /// Requests that ended well, in each second.
  package let requestsPerSecond: Double
  /// Acknowledged rows; nil for exports.
  package let rowsPerSecond: Double?
  /// Acknowledged batches, or completely received exports.
  package let bytesPerSecond: Double
  package let server: ServerLevel
  /// What became of all batches of the phases, warm-up included; nil where exports went on too.
  package let batches: BatchTotals?
  /// Response times of each phase.
  let byPhase: [(round: Int?, response: LatencyHistogram)]

  package var failed: Int { errors.reduce(0) { $0 + $1.count } }

  /// For example `ingest + limit-by 1d x4, with view`.
  package var label: String { LoadTestCell.label(streamMix, export: export) + ", " + target.words }

  /// - Parameters:
  ///   - phases: of one kind, at least one.
  ///   - requests: of each phase.
  ///   - seconds: of each phase.
  package init(
    _ stream: String, _ phases: [PhaseSample], _ requests: [Int: [RequestSample]],
    _ seconds: [Int: [SecondSample]]
  ) {
    let first = phases[0]
    (streamMix, target, export, self.stream) = (first.streamMix, first.target, first.export, stream)
    self.phases = phases.map(\.phase)
    var all: [RequestSample] = []
    var byPhase: [(round: Int?, response: LatencyHistogram)] = []
    var (measured, done, rows, bytes) = (0.0, 0, 0, 0)
    for phase in phases {
      let own = (requests[phase.phase] ?? []).filter { $0.stream == stream }
      let counted = own.filter(\.counts)
      all += counted
      byPhase.append((phase.round, .init(responses: counted)))
      // Throughput counts by completion time, not due time.
      let from = Double(phase.warmupMs)
      let whole = from + Double(phase.durationMs)
      let end = phase.outcome == .whole ? whole : min(whole, max(from, phase.elapsedMs))
      measured += (end - from) / 1000
      for request in own where request.status == .ok && (from..<end).contains(request.endedMs) {
        done += 1
        rows += request.rows ?? 0
        bytes += (request.receivedBytes ?? 0) + (request.rows == nil ? 0 : request.sentBytes ?? 0)
      }
    }
    self.byPhase = byPhase
    self.requests = all.count
    succeeded = all.count { $0.status == .ok }
    errors = Dictionary(grouping: all.filter { $0.status != .ok }, by: \.errorLabel)
      .map { (name: $0.key, count: $0.value.count, message: $0.value.firstMessage) }
      .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
    response = .init(responses: all)
    service = LatencyHistogram(all.filter { $0.status == .ok }.compactMap(\.serviceMs))
    wait = LatencyHistogram(all.compactMap(\.waitMs))
    lag = LatencyHistogram(all.compactMap(\.lagMs))
    startDelayMaxMs =
      all.compactMap { request in
        request.startedMs.map { $0 - request.scheduledMs }
          ?? (request.outcome == .abandoned ? request.responseMs : nil)
      }.max()
    let time = max(measured, 0.001)
    requestsPerSecond = Double(done) / time
    rowsPerSecond = stream == LoadTestQuestion.Stream.ingest ? Double(rows) / time : nil
    bytesPerSecond = Double(bytes) / time
    server = ServerLevel(phases, seconds)
    batches = streamMix == .ingest ? BatchTotals(phases) : nil
  }
}

/// Mean and maximum of what was looked at each second.
package struct Level: Equatable, Sendable {
  package let mean: Double
  package let max: Double

  init(mean: Double, max: Double) { (self.mean, self.max) = (mean, max) }

  /// Nil where nothing was seen.
  init?(_ values: [Int?]) {
    let known = values.compactMap { $0.map(Double.init) }
    guard let most = known.max() else { return nil }
    self.init(mean: known.reduce(0, +) / Double(known.count), max: most)
  }
}

/// What became of the batches of some phases.
package struct BatchTotals: Equatable, Sendable {
  package let planned: Int
  package let acknowledged: Int
  /// Rows acknowledged per second, from the beginning of a phase to its last answer.
  package let rowsPerSecond: Double
  /// The longest phase, in milliseconds.
  package let longestMs: Double
  /// Bytes of the parts that inserts and merges made; nil where one phase does not have them.
  package let insertedBytes: Int?
  /// See `insertedBytes`.
  package let mergedBytes: Int?

  init(_ phases: [PhaseSample]) {
    planned = phases.map(\.plannedRequests).reduce(0, +)
    acknowledged = phases.map(\.acknowledgedBatches).reduce(0, +)
    let elapsedMs = phases.map(\.elapsedMs).reduce(0, +)
    rowsPerSecond =
      Double(phases.map(\.acknowledgedRows).reduce(0, +)) / Swift.max(1, elapsedMs) * 1000
    longestMs = phases.map(\.elapsedMs).max() ?? 0
    (insertedBytes, mergedBytes) = (
      total(phases.map(\.insertedBytes)), total(phases.map(\.mergedBytes))
    )
  }
}

/// How the server stood in some phases.
package struct ServerLevel: Equatable, Sendable {
  /// Maximum of tracker and resident set, in bytes.
  package let memoryBytes: Int?
  /// Table and view together.
  package let parts: Int?
  /// Active parts of the table.
  package let tableParts: Level?
  /// Active parts of the view; nil without one.
  package let viewParts: Level?
  /// Running merges.
  package let merges: Level?

  init(_ phases: [PhaseSample], _ seconds: [Int: [SecondSample]]) {
    let looks = phases.flatMap { seconds[$0.phase] ?? [] }
    memoryBytes =
      (looks.flatMap { [$0.serverTrackedBytes, $0.serverResidentBytes] }
      + phases.map(\.serverRSSPeakBytes)).compactMap(\.self).max()
    parts = looks.compactMap { look in look.tableParts.map { $0 + (look.viewParts ?? 0) } }.max()
    tableParts = Level(looks.map(\.tableParts))
    viewParts = Level(looks.map(\.viewParts))
    merges = Level(looks.map(\.runningMerges))
  }
}

extension [RequestSample] {
  fileprivate var firstMessage: String? { lazy.compactMap(\.errorMessage).first }
}

extension RequestSample {
  /// Excludes warm-up, and requests interrupted by the end of the run.
  package var counts: Bool { period == .measured && errorName != Self.interrupted }

  /// Error name of requests interrupted by the end of the run.
  package static let interrupted = "INTERRUPTED"

  /// For example `MEMORY_LIMIT_EXCEEDED (241)`.
  var errorLabel: String {
    (errorName ?? outcome.rawValue) + (errorCode.map { " (\($0))" } ?? "")
  }
}

extension LatencyHistogram {
  /// Response times of successful requests, and lower bounds of requests without a known end.
  /// Refused requests are excluded: a fast refusal is no response.
  package init(responses requests: [RequestSample]) {
    self.init()
    for request in requests where request.status == .ok || request.isFloor {
      record(request.responseMs, isFloor: request.isFloor)
    }
  }
}

extension ServiceLevel {
  /// Violations in the streams of one phase; empty if the level is met.
  ///
  /// Fewer than 100 requests have no 99th percentile; then the slowest must be within the bound.
  package func broken(by lines: [LoadTestLine]) -> [String] {
    var found: [String] = []
    for line in lines {
      let slow = line.response.percentile(99) ?? line.response.longest
      if let p99Ms, let slow, slow > p99Ms {
        let name = line.response.percentile(99) == nil ? "slowest" : "p99"
        found.append("\(name) of \(line.stream) \(FigureUnit.milliseconds.text(slow))")
      }
    }
    let failed = lines.reduce(0) { $0 + $1.failed }
    if let errors, failed > errors { found.append("\(Count(failed)) errors") }
    if let serverMemoryBytes, let used = lines.compactMap(\.server.memoryBytes).max(),
      used > serverMemoryBytes
    {
      found.append("server memory \(ByteCount(used))")
    }
    return found
  }
}
