// What would keep a claim from being judged, found before the first attempt.

import BenchmarkSpec
import RunStore

extension Claim {
  /// Finds what would keep the claim from ever being judged: call it before the first run. `paths`,
  /// `windows` and `legs` are those that the benchmark will measure.
  package func check(
    paths: [String], windows: [String], legs: [String] = [ReservedLeg.load]
  ) throws(ResultsError) {
    do throws(ResultsError) {
      try checkBound()
      switch ratio {
      case .export(let figure, let subject, let baseline, let listed, _):
        _ = try Sample.figure(figure)
        for path in [subject, baseline] { try Self.check(path, "path", among: paths) }
        for window in listed ?? [] { try Self.check(window, "window", among: windows) }
      case .insert(let figure, let listed):
        _ = try InsertSample.figure(figure)
        for leg in listed ?? [] { try Self.check(leg, "leg", among: legs) }
      case .settled(let figure, let listed):
        _ = try SettledRound.figure(figure)
        let legs = legs.filter { $0 != ReservedLeg.load }
        guard !legs.isEmpty else {
          throw ResultsError("the benchmark has no legs whose merges settle; give it 'writes'")
        }
        for leg in listed ?? [] { try Self.check(leg, "leg", among: legs) }
      case .storage(let figure): _ = try StorageSample.figure(figure)
      }
    } catch {
      throw ResultsError("claim '\(name)': \(error)")
    }
  }

  private static func check(
    _ name: String, _ kind: String, among known: [String]
  ) throws(ResultsError) {
    guard !known.contains(name) else { return }
    let words = known.isEmpty ? "it has none" : "write one of \(known.joined(separator: ", "))"
    throw ResultsError("there is no \(kind) '\(name)' in the benchmark; \(words)")
  }

  private func checkBound() throws(ResultsError) {
    if atMost == nil && atLeast == nil {
      throw ResultsError("it has no bound; give at_most or at_least")
    }
    for bound in [atMost, atLeast].compactMap(\.self) where !bound.isFinite || bound < 0 {
      throw ResultsError("\(bound) is no bound for a ratio; give a number from 0 up")
    }
    if let atMost, let atLeast, atLeast > atMost {
      throw ResultsError("at_least \(atLeast) is more than at_most \(atMost); swap them")
    }
  }
}
