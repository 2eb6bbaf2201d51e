// A claim of a document as data: a ratio and its bounds. Read from YAML by Benchmark.swift, judged
// by Claim+Verdict.swift.

package struct Claim: Codable, Equatable, Sendable {
  package enum Ratio: Codable, Equatable, Sendable {
    /// A figure of exports of one path divided by that of another, in the listed windows and merge
    /// states; nil means all.
    case export(
      figure: String, subject: String, baseline: String, windows: [String]? = nil,
      mergeStates: [String]? = nil)
    /// A figure of inserts with the view divided by that without, in the listed legs; nil means all
    /// paired legs.
    case insert(figure: String, legs: [String]? = nil)
    /// The same for whole rounds: inserts and merges until settled.
    case settled(figure: String, legs: [String]? = nil)
    /// (table + view) / table.
    case storage(figure: String)

    /// The same with today's name of a figure that has a former one.
    package var current: Ratio {
      guard case .insert(let figure, let legs) = self,
        let name = FigureCatalogue.formerNames[figure]
      else { return self }
      return .insert(figure: name, legs: legs)
    }
  }

  /// For example `memory-halved`.
  package var name: String
  /// Text of the document.
  package var statement: String
  package var ratio: Ratio
  /// Upper bound; one of the two is given.
  package var atMost: Double?
  /// Lower bound.
  package var atLeast: Double?
}
