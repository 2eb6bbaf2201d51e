// What is made of a path in one attempt: how far the server goes with it, and what becomes of the
// bytes. Summaries and claims speak of ordinary exports only; what the others are for is in
// StageBreakdown.swift and Conclusions/ConsumerRow.swift.

import BenchmarkSpec

extension Sample {
  /// What was made of the path; records from before there was a choice are streams.
  package var kind: AttemptKind {
    get {
      let stage = stage ?? .export
      return AttemptKind(stage: stage, consumer: stage == .export ? consumer ?? .stream : nil)
    }
    set { (stage, consumer) = (newValue.stage, newValue.consumer) }
  }
}

extension [Sample] {
  /// The whole exports to the first consumer: what summaries, claims and comparisons speak of.
  package var ordinary: [Sample] {
    // By place: a sample is large, and hardly any run has others.
    let exports = indices.filter { self[$0].kind.stage == .export }
    let first = exports.compactMap { self[$0].kind.consumer }.min()
    let places = exports.filter { self[$0].kind.consumer == first }
    return places.count == count ? self : places.map { self[$0] }
  }
}
