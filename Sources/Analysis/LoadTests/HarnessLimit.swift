// Whether the harness, and not the server, was what a phase came up against. Then its times are not
// the server's, and nothing is concluded from them.

import BenchmarkSpec
import CSVRecords
import RunStore
import Statistics
import Units

/// How the harness did in one phase.
package struct HarnessLimit: Equatable, Sendable {
  /// Why it was the limit, one sentence each; empty if it was not.
  package let reasons: [String]

  /// A harness that is late by less than this, in milliseconds, is not: timers and schedulers are.
  package static let lagMin = 20.0
  /// The share of a response time that may be the harness's lateness.
  package static let lagShare = 0.1
  /// The share of all processors that it may use.
  package static let cpuShare = 0.5
  /// From which share of its time on a connection counts as always busy.
  package static let busyShare = 0.9
  /// A server that answers no slower than so many times as slowly when all connections are busy is
  /// not what holds requests up.
  package static let slower = 1.25

  package init(_ phase: PhaseSample, _ requests: [RequestSample], _ question: LoadTestQuestion) {
    let made = requests.filter { $0.beganMs != nil }
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
    return "requests began late by \(FigureUnit.milliseconds.text(lag.ms)) (p"
      + "\(significantPercent(lag.percent))) though a connection was free, of a response time of "
      + FigureUnit.milliseconds.text(response)
  }

  /// All connections were busy and the server answered no slower than before: with more connections
  /// it would have done more.
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
    return "all \(connections) connections of ingest were busy, and the server answered no slower "
      + "than with some of them free; give it more connections"
  }
}

/// `99`, `99.9`.
package func significantPercent(_ percent: Double) -> String {
  percent == percent.rounded() ? "\(Int(percent))" : "\(percent)"
}
