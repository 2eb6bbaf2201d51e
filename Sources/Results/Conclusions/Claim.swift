// A claim of a document, as data: what ratio it speaks of and within which bound that should lie.
//
// Reading claims from YAML is the caller's; judging them is in Claim+Verdict.swift.

/// A sentence of a document, made measurable.
package struct Claim: Codable, Equatable, Sendable {
  /// The ratio that a claim speaks of.
  package enum Ratio: Codable, Equatable, Sendable {
    /// A figure of exports on one path over another path's, in the listed windows and states of
    /// merges, or in all where the list is nil.
    case export(
      figure: String, subject: String, baseline: String, windows: [String]? = nil,
      mergeStates: [String]? = nil)
    /// A figure of inserts with the view over the same without it, in the listed legs, or in all
    /// whose pairs stand side by side where the list is nil.
    case insert(figure: String, legs: [String]? = nil)
    /// A figure of whole rounds, inserts and then merges until they settled: with the view over
    /// without it.
    case settled(figure: String, legs: [String]? = nil)
    /// A figure of storage: (table + view) / table.
    case storage(figure: String)
  }

  /// A short name: `memory-halved`.
  package var name: String
  /// The document's own words.
  package var statement: String
  /// What is measured.
  package var ratio: Ratio
  /// The ratio should be this or less.
  package var atMost: Double?
  /// The ratio should be this or more.
  package var atLeast: Double?

  /// Makes a claim. At least one bound must be given; `check` says so.
  package init(
    name: String, statement: String, ratio: Ratio, atMost: Double? = nil, atLeast: Double? = nil
  ) {
    self.name = name
    self.statement = statement
    self.ratio = ratio
    self.atMost = atMost
    self.atLeast = atLeast
  }

  /// Finds what would keep the claim from ever being judged: call it before the first run. `paths`,
  /// `windows` and `legs` are those that the benchmark will measure.
  package func check(
    paths: [String], windows: [String], legs: [String] = [InsertSample.load]
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
        let legs = legs.filter { $0 != InsertSample.load }
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
