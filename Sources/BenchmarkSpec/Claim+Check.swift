// Checks before a run that claims can be judged.

import CSVRecords

extension Claim {
  /// `paths`, `windows` and `legs` are those of the benchmark.
  package func check(
    paths: [String], windows: [String], legs: [String] = [ReservedLeg.load],
    figures: FigureCatalogue
  ) throws(RecordError) {
    do throws(RecordError) {
      try checkBound()
      switch ratio {
      case .export(let figure, let subject, let baseline, let listed, _):
        try FigureCatalogue.check(figure, in: figures.export)
        for path in [subject, baseline] { try Self.check(path, "path", among: paths) }
        for window in listed ?? [] { try Self.check(window, "window", among: windows) }
      case .insert(let figure, let listed):
        try FigureCatalogue.check(figure, in: figures.insert)
        for leg in listed ?? [] { try Self.check(leg, "leg", among: legs) }
      case .settled(let figure, let listed):
        try FigureCatalogue.check(figure, in: figures.settled)
        let legs = legs.filter { $0 != ReservedLeg.load }
        guard !legs.isEmpty else {
          throw RecordError("the benchmark has no insert legs; add 'writes'")
        }
        for leg in listed ?? [] { try Self.check(leg, "leg", among: legs) }
      case .storage(let figure): try FigureCatalogue.check(figure, in: figures.storage)
      }
    } catch {
      throw RecordError("claim '\(name)': \(error)")
    }
  }

  private static func check(
    _ name: String, _ kind: String, among known: [String]
  ) throws(RecordError) {
    guard !known.contains(name) else { return }
    let words =
      known.isEmpty
      ? "the benchmark has none"
      : "write one of "
        + "\(known.joined(separator: ", "))"
    throw RecordError("there is no \(kind) '\(name)' in the benchmark; \(words)")
  }

  private func checkBound() throws(RecordError) {
    if atMost == nil && atLeast == nil {
      throw RecordError("it has no bound; give at_most or at_least")
    }
    for bound in [atMost, atLeast].compactMap(\.self) where !bound.isFinite || bound < 0 {
      throw RecordError("\(bound) is not a bound of a ratio; give a number from 0")
    }
    if let atMost, let atLeast, atLeast > atMost {
      throw RecordError("at_least \(atLeast) is more than at_most \(atMost); swap them")
    }
  }
}
