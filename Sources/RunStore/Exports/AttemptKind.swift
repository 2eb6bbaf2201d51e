// The stage with which an attempt ends, and the consumer of its bytes. Summaries and claims use
// whole exports to the first consumer; stages and consumers have their own experiments.

import BenchmarkSpec

extension Sample {
  /// Older records without a consumer are streams.
  package var kind: AttemptKind {
    get {
      let stage = stage ?? .export
      return AttemptKind(stage: stage, consumer: stage == .export ? consumer ?? .stream : nil)
    }
    set { (stage, consumer) = (newValue.stage, newValue.consumer) }
  }
}

extension [Sample] {
  /// Whole exports to the first consumer: used by summaries, claims and comparisons.
  package var ordinary: [Sample] {
    // By index: samples are large, and few runs have other kinds.
    let exports = indices.filter { self[$0].kind.stage == .export }
    let first = exports.compactMap { self[$0].kind.consumer }.min()
    let places = exports.filter { self[$0].kind.consumer == first }
    return places.count == count ? self : places.map { self[$0] }
  }
}
