// Response and service times per second and in total: a row of latency.csv.

import CSVRecords
import RunStore
import Statistics

package struct LatencyRow: Equatable, Recorded {
  /// As in phases.csv.
  package var phase = 0
  package var stream = ""
  /// `response`, `service`, `wait` or `lag`.
  package var time = ""
  /// Second of the phase in which the requests were due; nil for the total.
  package var second: Int?
  package var count = 0
  /// Requests of which only a lower bound of the time is known.
  package var lowerBounds = 0
  /// In milliseconds; nil with too few requests.
  package var p50Ms: Double?
  package var p90Ms: Double?
  package var p99Ms: Double?
  package var p999Ms: Double?
  /// In milliseconds.
  package var maxMs: Double?

  package init() {}

  package static let columns: [CSVColumn<LatencyRow>] = [
    CSVColumn("phase", \.phase),
    CSVColumn("stream", \.stream),
    CSVColumn("time", \.time),
    CSVColumn("second", \.second),
    CSVColumn("count", \.count),
    CSVColumn("lower_bounds", formerly: "floors", \.lowerBounds),
    CSVColumn("p50_ms", \.p50Ms),
    CSVColumn("p90_ms", \.p90Ms),
    CSVColumn("p99_ms", \.p99Ms),
    CSVColumn("p999_ms", \.p999Ms),
    CSVColumn("max_ms", \.maxMs),
  ]

  private static let times: [(name: String, value: @Sendable (RequestSample) -> Double?)] = [
    ("response", { $0.status == .ok || $0.isFloor ? $0.responseMs : nil }),
    ("service", { $0.status == .ok ? $0.serviceMs : nil }),
    ("wait", \.waitMs),
    ("lag", \.lagMs),
  ]

  /// For every finished phase, stream and time: one row per second, and the total of the measured
  /// time.
  package static func all(_ findings: LoadTestFindings) -> [LatencyRow] {
    let requests = Dictionary(grouping: findings.records.requests, by: \.phase)
    return findings.phases.flatMap { phase -> [LatencyRow] in
      (requests[phase.phase] ?? []).grouped(by: \.stream).flatMap { stream, own in
        times.flatMap { rows(phase.phase, stream, own, $0) }
      }
    }
  }

  private static func rows(
    _ phase: Int, _ stream: String, _ requests: [RequestSample],
    _ time: (name: String, value: @Sendable (RequestSample) -> Double?)
  ) -> [LatencyRow] {
    var seconds: [Int: LatencyHistogram] = [:]
    var whole = LatencyHistogram()
    for request in requests where request.errorName != RequestSample.interrupted {
      guard let ms = time.value(request) else { continue }
      let second = Int(request.scheduledMs / 1000)
      let isFloor = time.name == "response" && request.isFloor
      seconds[second, default: LatencyHistogram()].record(ms, isFloor: isFloor)
      if request.period == .measured { whole.record(ms, isFloor: isFloor) }
    }
    return seconds.sorted { $0.key < $1.key }.map { second, histogram in
      LatencyRow(phase, stream, time.name, second, histogram)
    } + [LatencyRow(phase, stream, time.name, nil, whole)]
  }

  private init(
    _ phase: Int, _ stream: String, _ time: String, _ second: Int?, _ histogram: LatencyHistogram
  ) {
    (self.phase, self.stream, self.time, self.second) = (phase, stream, time, second)
    (count, lowerBounds) = (histogram.count, histogram.lowerBounds)
    (p50Ms, p90Ms) = (histogram.percentile(50), histogram.percentile(90))
    (p99Ms, p999Ms) = (histogram.percentile(99), histogram.percentile(99.9))
    maxMs = histogram.longest
  }
}
