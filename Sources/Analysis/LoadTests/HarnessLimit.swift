// Detects phases in which the harness, not the server, was the bottleneck. They support no
// conclusions.

import BenchmarkSpec
import CSVRecords
import RunStore
import Statistics
import Units

package struct HarnessLimit: Equatable, Sendable {
  /// One sentence each; empty if the harness was not the bottleneck.
  package let reasons: [String]

  /// Lag below this, in milliseconds, is timer and scheduler noise.
  package static let lagMin = 20.0
  /// Maximum share of lag in a response time.
  package static let lagShare = 0.1
  /// Maximum share of all processors used by the harness.
  package static let cpuShare = 0.5
  /// Minimum busy share of a connection that counts as always busy.
  package static let busyShare = 0.9
  /// If service times grow by less than this factor when all connections are busy, the server is
  /// not the bottleneck.
  package static let slower = 1.25

  package init(_ phase: PhaseSample, _ requests: [RequestSample], _ question: LoadTestQuestion) {
    let made = requests.filter { $0.startedMs != nil }
    var reasons: [String] = []
    for (name, own) in Dictionary(grouping: made, by: \.stream).sorted(by: { $0.key < $1.key }) {
      if let reason = Self.lag(own) { reasons.append("\(name): \(reason)") }
    }
    if let ms = phase.driverCPUMs, let cores = phase.driverCores, phase.elapsedMs > 0 {
      let share = ms / phase.elapsedMs / Double(max(1, cores))
      if share > Self.cpuShare {
        reasons.append("exportbench used \(percent(share)) of all processors")
      }
    }
    let batches = made.filter { $0.stream == LoadTestQuestion.Stream.ingest }
    if let ingest = question.ingest, phase.search == nil || phase.search?.hasPrefix("rate") == true,
      let reason = Self.connections(batches, ingest.connections, phase)
    {
      reasons.append(reason)
    }
    self.reasons = reasons
  }

  private static func lag(_ requests: [RequestSample]) -> String? {
    let lags = LatencyHistogram(requests.compactMap(\.lagMs))
    guard let lag = lags.highest,
      let response = LatencyHistogram(requests.map(\.responseMs)).percentile(lag.percent),
      lag.ms > lagMin, lag.ms > lagShare * response
    else { return nil }
    return "requests started late by \(FigureUnit.milliseconds.text(lag.ms)) (p"
      + "\(significantPercent(lag.percent))) though a connection was free, of a response time of "
      + FigureUnit.milliseconds.text(response)
  }

  /// All connections were busy without slowing the server: more connections would have achieved
  /// more.
  private static func connections(
    _ batches: [RequestSample], _ connections: Int, _ phase: PhaseSample
  ) -> String? {
    let busy = batches.compactMap(\.serviceMs).reduce(0, +)
    guard phase.elapsedMs > 0, busy / (phase.elapsedMs * Double(connections)) > busyShare else {
      return nil
    }
    let waited = batches.filter { $0.waitMs ?? 0 > 0 }.compactMap(\.serviceMs)
    let free = batches.filter { $0.waitMs ?? 0 == 0 }.compactMap(\.serviceMs)
    guard let whenBusy = Statistics.median(waited), let whenFree = Statistics.median(free),
      free.count >= 10, whenBusy <= slower * whenFree
    else { return nil }
    return "all \(connections) ingest connections were busy, and the server was not slower "
      + "than with free connections; use more connections"
  }
}

/// For example `99`, `99.9`.
package func significantPercent(_ percent: Double) -> String {
  percent == percent.rounded() ? "\(Int(percent))" : "\(percent)"
}
