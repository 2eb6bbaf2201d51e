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

    /// The same with today's name of a figure that has a former one.
    package var current: Ratio {
      guard case .insert(let figure, let legs) = self,
        let name = FigureCatalogue.formerNames[figure]
      else { return self }
      return .insert(figure: name, legs: legs)
    }
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

  /// Makes a claim. At least one bound must be given.
  package init(
    name: String, statement: String, ratio: Ratio, atMost: Double? = nil, atLeast: Double? = nil
  ) {
    self.name = name
    self.statement = statement
    self.ratio = ratio
    self.atMost = atMost
    self.atLeast = atLeast
  }
}
