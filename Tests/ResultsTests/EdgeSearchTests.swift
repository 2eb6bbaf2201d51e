// The search for an edge, played against functions that say which positions finish.

import Testing
@testable import BenchmarkSpec
@testable import Statistics

@Suite struct EdgeSearchTests {
  typealias Trial = EdgeSearch.Trial

  private func search(
    _ easier: EdgeSearch.Easier = .above, start: Int = 1000, confirmations: Int = 3,
    probesMax: Int = 60
  ) -> EdgeSearch {
    var question = MemoryLimitQuestion()
    (question.confirmations, question.probesMax) = (confirmations, probesMax)
    return EdgeSearch(
      range: 10...1_000_000, step: 10, easier: easier, start: start, question: question)
  }

  /// Makes trials until the search is done; each must follow from those before it alone.
  private func play(
    _ search: EdgeSearch, _ outcome: (_ position: Int, _ number: Int) -> Trial.Outcome
  ) -> (edge: Edge, trials: [Trial]) {
    var trials: [Trial] = []
    while case .probe(let position) = search.next(after: trials) {
      #expect(search.range.contains(position) && position.isMultiple(of: search.step))
      trials.append(Trial(position: position, outcome: outcome(position, trials.count)))
      guard trials.count < 1000 else { break }
    }
    return (search.edge(after: trials), trials)
  }

  @Test(arguments: [20, 990, 1000, 1010, 47_110, 1_000_000], [10, 1000, 900_000])
  func aSharpEdgeIsFoundFromAnywhere(edge: Int, start: Int) {
    let (found, trials) = play(search(start: start)) { position, _ in
      position >= edge ? .finished : .refused
    }
    #expect(found.ending == .found && found.confirmations == 3)
    let (low, high) = (found.refused ?? 0, found.finished ?? 0)
    #expect(low < edge && high >= edge)
    #expect(high - low <= max(10, low / 20), "the bracket is as narrow as asked")
    #expect(trials.count <= 30)
  }

  @Test(arguments: [10, 730, 1_000_000]) func windowsAreEasierBelow(edge: Int) {
    let (found, _) = play(search(.below, start: 5000)) { position, _ in
      position <= edge ? .finished : .refused
    }
    #expect(found.ending == .found)
    #expect(found.finished ?? .max <= edge)
    #expect(edge == 1_000_000 ? found.refused == nil : found.refused ?? 0 > edge)
    if edge == 730 { #expect((found.refused ?? 0) - (found.finished ?? 0) <= 40) }
  }

  @Test func aGoodGuessSavesProbes() {
    func count(_ start: Int) -> Int {
      play(search(start: start)) { $0 >= 50_000 ? ($1 < 0 ? .failed : .finished) : .refused }
        .trials.count
    }
    #expect(count(50_000) < count(10) && count(50_000) <= 10)
  }

  @Test func nearANoisyEdgeOneRefusalMovesIt() {
    // Between 1,000 and 2,000 every second trial is refused.
    let (found, trials) = play(search(start: 1500)) { position, number in
      position >= 2000 || (position >= 1000 && number.isMultiple(of: 2)) ? .finished : .refused
    }
    #expect(found.ending == .found && found.confirmations == 3)
    let refused = trials.filter { $0.outcome == .refused }.map(\.position)
    #expect(found.refused == refused.max(), "the largest that was refused, ever")
    #expect(found.finished ?? 0 > refused.max() ?? .max)
    #expect(found.finished ?? 0 <= 2100)
    let atEdge = trials.filter { $0.position == found.finished }
    #expect(atEdge.allSatisfy { $0.outcome == .finished } && atEdge.count == 3)
  }

  @Test func whatNeverFinishesEndsAtTheTop() {
    let (found, trials) = play(search()) { _, _ in .refused }
    #expect(found == Edge(finished: nil, refused: 1_000_000, confirmations: 0, ending: .never))
    #expect(trials.count <= 11)
  }

  @Test func whatAlwaysFinishesEndsAtTheBottomConfirmed() {
    let (found, trials) = play(search()) { _, _ in .finished }
    #expect(found == Edge(finished: 10, refused: nil, confirmations: 3, ending: .found))
    #expect(trials.suffix(3).allSatisfy { $0.position == 10 })
  }

  @Test func aFailureEndsTheSearchWithWhatIsKnown() {
    let (found, trials) = play(search()) { $1 == 4 ? .failed : $0 >= 3000 ? .finished : .refused }
    #expect(trials.count == 5)
    #expect(found.ending == .failed && found.refused ?? 0 < 3000 && found.finished ?? 0 >= 3000)
  }

  @Test func aTrialWithoutAServerIsMadeAgainWithinBounds() {
    let sharp = play(search()) { position, _ in position >= 3000 ? .finished : .refused }
    let (found, trials) = play(search()) { position, number in
      number.isMultiple(of: 3) ? .void : position >= 3000 ? .finished : .refused
    }
    #expect(found == sharp.edge && trials.count > sharp.trials.count)
    let gone = play(search(probesMax: 12)) { _, _ in .void }
    #expect(gone.trials.count == 12 && gone.edge.ending == .outOfProbes)
  }

  @Test func theBudgetIsKeptAndTold() {
    let (found, trials) = play(search(start: 10, probesMax: 7)) { position, _ in
      position >= 40_000 ? .finished : .refused
    }
    #expect(trials.count == 7 && found.ending == .outOfProbes)
    #expect(found.finished == nil && found.refused == 640)
    // The confirmation that the budget still allows counts.
    let enough = play(search(probesMax: sharpCount)) {
      $0 >= 3000 ? ($1 < 0 ? .void : .finished) : .refused
    }
    #expect(enough.edge.ending == .found)
  }

  private var sharpCount: Int {
    play(search()) { position, _ in position >= 3000 ? .finished : .refused }.trials.count
  }

  @Test func aSearchGoesOnFromItsTrials() {
    func outcome(_ position: Int, _ number: Int) -> Trial.Outcome {
      position >= 7770 || (position > 6000 && number.isMultiple(of: 3)) ? .finished : .refused
    }
    let whole = play(search(), outcome).trials
    for cut in whole.indices {
      var trials = Array(whole[..<cut])
      while case .probe(let position) = search().next(after: trials) {
        trials.append(Trial(position: position, outcome: outcome(position, trials.count)))
      }
      #expect(trials == whole, "cut after \(cut)")
    }
  }
}
