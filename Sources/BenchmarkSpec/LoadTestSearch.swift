// Search for the maximum rate or concurrency within the service level. Pure: computes the next
// trial from the trials so far; EdgeSearch bisects.

import Units
import Statistics

package struct LoadTestSearch: Codable, Equatable, Sendable {
  package enum Raised: String, Codable, CaseIterable, Sendable {
    /// Requests per second, by the stream's schedule.
    case rate
    /// Concurrent requests in a closed loop.
    case concurrency
  }

  package var raise: Raised
  /// ``LoadTestQuestion/Stream/ingest``, or an export's name or path.
  package var stream: String
  /// Without the other stream: batches for exports, the first export for batches.
  package var isAlone = false
  package var target = InsertTarget.withView
  /// Range of requests per second, or of concurrent requests.
  package var from: Double
  package var to: Double
  /// Measured time of a trial, in milliseconds.
  package var trialMs: Int
  /// Maximum width of the bracket, as a share of its lower end.
  package var resolution = 0.1
  /// Number of successful trials that confirm a result.
  package var confirmations = 2
  /// Maximum number of trials.
  package var trialsMax = 14

  package init(_ raise: Raised, of stream: String, from: Double, to: Double, trialMs: Int) {
    (self.raise, self.stream, self.from, self.to) = (raise, stream, from, to)
    self.trialMs = trialMs
  }

  /// For example `rate of ingest, with view`.
  package var name: String {
    "\(raise.rawValue) of \(stream)\(isAlone ? " alone" : ""), \(target.words)"
  }

  /// Positions per unit.
  private var scale: Double { raise == .rate ? 1000 : 1 }

  /// Requests per second, or concurrent requests.
  package func value(at position: Int) -> Double { Double(position) / scale }

  package var highest: Int { search.range.upperBound }

  /// For example `12.5 per second`, `4 at once`.
  package func text(at position: Int) -> String {
    raise == .rate ? "\(significant(value(at: position))) per second" : "\(position) at once"
  }

  /// Nil when the search has finished.
  package func next(after trials: [Trial]) -> Int? {
    guard case .probe(let position) = search.next(after: trials.map(\.probe)) else { return nil }
    return position
  }

  package func edge(after trials: [Trial]) -> Edge { search.edge(after: trials.map(\.probe)) }

  package struct Trial: Equatable, Sendable {
    package enum Outcome: Sendable {
      /// The service level was met.
      case held
      /// It was violated.
      case broken
      /// The harness was the bottleneck: the search ends without a result.
      case void
    }
    package let position: Int
    package let outcome: Outcome

    package init(_ position: Int, _ outcome: Outcome) {
      (self.position, self.outcome) = (position, outcome)
    }

    package var probe: EdgeSearch.Trial {
      let end: EdgeSearch.Trial.Outcome =
        switch outcome {
        case .held: .finished
        case .broken: .refused
        case .void: .failed
        }
      return EdgeSearch.Trial(position: position, outcome: end)
    }
  }

  private var search: EdgeSearch {
    let step = raise == .rate ? 10 : 1
    let low = max(step, Int((from * scale).rounded()) / step * step)
    let high = max(low, Int((to * scale).rounded()) / step * step)
    return EdgeSearch(
      range: low...high, step: step, easier: .below, start: low, resolution: resolution,
      confirmations: confirmations, probesMax: trialsMax)
  }
}

extension LoadTestQuestion {
  /// Whether a name is that of the stream or its path.
  package func isMeant(_ stream: String, by name: String) -> Bool {
    stream == name || streams.contains { $0.name == stream && $0.path == name }
  }

  /// Nil if the search names an unknown stream.
  package func cell(of search: LoadTestSearch, at position: Int) -> LoadTestCell? {
    guard var raised = streams.first(where: { isMeant($0.name, by: search.stream) }) else {
      return nil
    }
    switch search.raise {
    case .rate:
      let value = search.value(at: position)
      raised.arrivals.rate = value
      if raised.arrivals.schedule == .ramp { raised.arrivals.schedule = .constant }
      raised.arrivals.rateTo = nil
    case .concurrency:
      raised.connections = position
      raised.arrivals = ArrivalProcess(.backToBack, rate: 1)
    }
    let isIngest = raised.path == nil
    let other = search.isAlone ? nil : isIngest ? exports.first : ingest
    guard let other else {
      return LoadTestCell(
        streamMix: isIngest ? .ingest : .exports, target: search.target, streams: [raised])
    }
    return LoadTestCell(
      streamMix: .both, target: search.target,
      streams: isIngest ? [raised, other] : [other, raised])
  }
}
