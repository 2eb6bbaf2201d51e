// Searches the boundary between positions at which trials succeed and fail: bisection with
// confirmation, because results are noisy near the boundary. Stateless: an interrupted search
// resumes from its trials.

import Units

/// Finds the boundary between positions at which trials finish and positions at which they are
/// refused.
///
/// Assumes that, except for noise, a trial that finishes at a position finishes at every easier
/// one. First doubles or halves until a trial ends the other way, then bisects by the geometric
/// mean. Once the bracket is narrow enough, its finished end must finish as often as
/// `confirmations` requires; one refusal moves the boundary to the easier side, and the search
/// continues there.
package struct EdgeSearch {
  package enum Easier { case above, below }

  package struct Trial: Equatable {
    package enum Outcome: Equatable {
      case finished, refused
      /// No position can be tried.
      case failed
      /// No result; the trial is repeated.
      case void
    }
    package var position: Int
    package var outcome: Outcome

    package init(position: Int, outcome: Outcome) {
      self.position = position
      self.outcome = outcome
    }
  }

  package enum Step: Equatable {
    case probe(Int)
    case done
  }

  /// Multiples of `step`.
  package let range: ClosedRange<Int>
  package let step: Int
  package let easier: Easier
  package let start: Int
  /// The bracket is narrow enough if its ends differ by this fraction of the smaller one, or by one
  /// step.
  package let resolution: Double
  package let confirmations: Int
  package let probesMax: Int

  package init(
    range: ClosedRange<Int>, step: Int, easier: Easier, start: Int, resolution: Double,
    confirmations: Int, probesMax: Int
  ) {
    self.range = range
    self.step = step
    self.easier = easier
    self.start = min(max(start / step * step, range.lowerBound), range.upperBound)
    self.resolution = resolution
    self.confirmations = confirmations
    self.probesMax = probesMax
  }

  /// The state of the search.
  package func edge(after trials: [Trial]) -> Edge { state(after: trials).edge }

  /// The next position, or the end.
  package func next(after trials: [Trial]) -> Step {
    let (edge, next) = state(after: trials)
    guard edge.ending == .open, let next else { return .done }
    return .probe(next)
  }

  private func state(after trials: [Trial]) -> (edge: Edge, next: Int?) {
    func positions(_ outcome: Trial.Outcome) -> [Int] {
      trials.filter { $0.outcome == outcome }.map(\.position)
    }
    let refused = easiest(positions(.refused))
    let beyond = positions(.finished).filter { position in
      refused.map { isEasier(position, than: $0) } ?? true
    }
    let finished = hardest(beyond)
    var edge = Edge(
      finished: finished, refused: refused, confirmations: beyond.count { $0 == finished },
      ending: .open)
    let next = candidate(finished: finished, refused: refused)
    if trials.contains(where: { $0.outcome == .failed }) {
      edge.ending = .failed
    } else if let next, next == finished, edge.confirmations >= confirmations {
      edge.ending = .found
    } else if next == nil {
      edge.ending = .never
    } else if trials.count >= probesMax {
      edge.ending = .outOfProbes
    }
    return (edge, next)
  }

  /// The next position; `finished` itself if only confirmations are missing, nil if even the
  /// easiest position was refused.
  private func candidate(finished: Int?, refused: Int?) -> Int? {
    switch (finished, refused) {
    case (nil, nil): start
    case (nil, let refused?): stride(from: refused, towards: easier)
    case (let finished?, nil):
      stride(from: finished, towards: easier == .above ? .below : .above) ?? finished
    case (let finished?, let refused?):
      isClose(finished, refused) ? finished : middle(finished, refused)
    }
  }

  /// Twice or half of a position, clamped to the range; nil at its end.
  private func stride(from position: Int, towards side: Easier) -> Int? {
    let end = side == .above ? range.upperBound : range.lowerBound
    guard position != end else { return nil }
    let (double, overflows) = position.multipliedReportingOverflow(by: 2)
    return side == .above
      ? min(overflows ? end : double, end) : max(position / 2 / step * step, end)
  }

  private func isClose(_ one: Int, _ other: Int) -> Bool {
    let (low, high) = (min(one, other), max(one, other))
    return high - low <= step || Double(high - low) <= resolution * Double(low)
  }

  private func middle(_ one: Int, _ other: Int) -> Int {
    let (low, high) = (min(one, other), max(one, other))
    let mean = whole(Double(low).squareRoot() * Double(high).squareRoot())
    return min(max((mean + step / 2) / step * step, low + step), high - step)
  }

  private func isEasier(_ one: Int, than other: Int) -> Bool {
    easier == .above ? one > other : one < other
  }

  private func easiest(_ positions: [Int]) -> Int? {
    easier == .above ? positions.max() : positions.min()
  }

  private func hardest(_ positions: [Int]) -> Int? {
    easier == .above ? positions.min() : positions.max()
  }
}

/// A bracket, and how the search ended.
package struct Edge: Equatable, Sendable {
  package enum Ending: Sendable {
    /// Trials remain to be made.
    case open
    /// The bracket is narrow enough, or its finished end is the hardest position, and that end is
    /// confirmed.
    case found
    /// Even the easiest position was refused.
    case never
    /// A trial failed for a reason unrelated to its position.
    case failed
    /// The maximum number of trials was reached.
    case outOfProbes
  }

  /// The hardest position that finished, easier than every refused one.
  package var finished: Int?
  /// The easiest position that was refused.
  package var refused: Int?
  /// Trials that finished at `finished`.
  package var confirmations: Int
  package var ending: Ending
}
