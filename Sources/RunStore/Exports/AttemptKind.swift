// The stage with which an attempt ends, and the consumer of its bytes. Summaries and claims use
// whole exports to the first consumer; stages and consumers have experiments of their own.

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
