// Where along a line trials stop to end well: bisection over what may be noisy near the edge.
//
// Pure: the trials so far in, the next position or the edge out. It knows nothing of what is tried,
// and keeps nothing, so that a search which was cut short goes on from its trials.

import Units

/// A search for the edge between positions at which every trial finishes and positions at which one
/// was refused.
///
/// It assumes that what finishes at a position finishes, but for noise, at every easier one. First
/// it doubles or halves until a trial ends the other way, then it bisects by the geometric mean.
/// When the bracket is as narrow as asked, what finished there once must finish as often as
/// confirmations are asked for; a single refusal moves the edge to the easier side, and the search
/// goes on from there.
package struct EdgeSearch {
  /// On which side trials are easier.
  package enum Easier { case above, below }

  /// One trial and its end.
  package struct Trial: Equatable {
    package enum Outcome: Equatable {
      case finished, refused
      /// It says that no position can be tried.
      case failed
      /// It says nothing, and is made again.
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

  /// The positions that may be tried, multiples of `step`.
  package let range: ClosedRange<Int>
  package let step: Int
  package let easier: Easier
  /// Where to begin.
  package let start: Int
  /// The bracket is narrow enough if its ends differ by this share of the smaller, or by one step.
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

  /// How far the trials have come.
  package func edge(after trials: [Trial]) -> Edge { look(trials).edge }

  /// What to try next.
  package func next(after trials: [Trial]) -> Step {
    let (edge, next) = look(trials)
    guard edge.ending == .open, let next else { return .done }
    return .probe(next)
  }

  private func look(_ trials: [Trial]) -> (edge: Edge, next: Int?) {
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

  /// Where the next trial would be; what finished itself where nothing is left but to confirm it,
  /// nil where even the easiest position was refused.
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

  /// Twice or half of a position, no further than the end of the range; nil at the end.
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

/// What a search found: a bracket, and how the search ended.
package struct Edge: Equatable, Sendable {
  package enum Ending: Sendable {
    /// It has not: there are trials to be made.
    case open
    /// The bracket is as narrow as asked, or its finished end is the hardest position that there
    /// is; and that end is confirmed.
    case found
    /// Even the easiest position was refused.
    case never
    /// A trial failed in a way that has nothing to do with its position.
    case failed
    /// As many trials as may be made were made.
    case outOfProbes
  }

  /// The hardest position at which trials finished, easier than every one that was refused.
  package var finished: Int?
  /// The easiest position at which a trial was refused.
  package var refused: Int?
  /// How many trials finished at `finished`.
  package var confirmations: Int
  package var ending: Ending
}
