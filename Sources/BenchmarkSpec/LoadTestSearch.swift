// The highest rate, or the most requests at once, at which a level of service holds.
//
// Pure: the trials so far in, the next one or the edge out. The bisection is EdgeSearch's.

import Units
import Statistics

package struct LoadTestSearch: Codable, Equatable, Sendable {
  package enum Raised: String, Codable, CaseIterable, Sendable {
    /// Requests per second, on the stream's schedule.
    case rate
    /// Requests under way at once, each of which begins when the one before has ended.
    case concurrency
  }

  package var raise: Raised
  /// Of which stream: ``LoadTestQuestion/Stream/ingest``, or an export's name or path.
  package var stream: String
  /// Whether the other stream goes on beside it: batches beside exports, the first export beside
  /// batches.
  package var isAlone = false
  package var target = InsertTarget.withView
  /// The least and the most that is tried, in requests per second or at once.
  package var from: Double
  /// See `from`.
  package var to: Double
  /// How long requests count in one trial, in milliseconds.
  package var trialMs: Int
  /// How narrow the bracket is to be, as a share of its lower end.
  package var resolution = 0.1
  /// How many trials out of as many must hold.
  package var confirmations = 2
  /// No more trials than this.
  package var trialsMax = 14

  package init(_ raise: Raised, of stream: String, from: Double, to: Double, trialMs: Int) {
    (self.raise, self.stream, self.from, self.to) = (raise, stream, from, to)
    self.trialMs = trialMs
  }

  /// What files call it: `rate of ingest, with view`.
  package var name: String {
    "\(raise.rawValue) of \(stream)\(isAlone ? " alone" : ""), \(target.words)"
  }

  /// How many positions one request per second, or at once, has.
  private var scale: Double { raise == .rate ? 1000 : 1 }

  /// A position in requests per second, or at once.
  package func value(at position: Int) -> Double { Double(position) / scale }

  /// The highest position that may be tried.
  package var highest: Int { search.range.upperBound }

  /// For people: `12.5 per second`, `4 at once`.
  package func text(at position: Int) -> String {
    raise == .rate ? "\(significant(value(at: position))) per second" : "\(position) at once"
  }

  /// What to try next, given how the trials so far ended; nil when the search is over.
  package func next(after trials: [Trial]) -> Int? {
    guard case .probe(let position) = search.next(after: trials.map(\.probe)) else { return nil }
    return position
  }

  /// How far it has come.
  package func edge(after trials: [Trial]) -> Edge { search.edge(after: trials.map(\.probe)) }

  /// One trial and its end.
  package struct Trial: Equatable, Sendable {
    /// How it ended.
    package enum Outcome: Sendable {
      /// The level of service held.
      case held
      /// It did not.
      case broken
      /// The harness was the limit, which says nothing of the server: the search is over.
      case void
    }
    /// What was tried.
    package let position: Int
    /// How it ended.
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
  /// Whether a name means a stream: its own, or its path.
  package func isMeant(_ stream: String, by name: String) -> Bool {
    stream == name || streams.contains { $0.name == stream && $0.path == name }
  }

  /// The phase that a trial is; nil where the search names a stream that is not there.
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
