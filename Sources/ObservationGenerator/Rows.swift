// Row model: derives time, versions, project and shape of an observation from the seed. Used by
// arrivals, ground truth and encoder; the encoder derives the other columns.

/// Precomputed thresholds and tables of a dataset; stateless and cheap to query.
package struct Rows: Sendable {
  package let count: Int
  package let start: Int64
  /// End of the span over which `start_time` is spread.
  package let end: Int64
  package let versionsMax: Int
  /// The largest delay from `start_time` to the last arrival, in milliseconds.
  package let reach: Int64
  /// The largest difference of `start_time` between two versions, in milliseconds.
  let moveMax: Int64
  private let seed: UInt64
  private let traceSeed: UInt64
  private let perTrace: Int
  private let slot: UInt64
  private let drawsVersions: Bool
  private let versionsChoice: Weighted
  private let shapes: [Shape]
  // Cumulative shares of the shapes, on 32 bits.
  private let shapeEnds: [UInt64]
  private let shapedBelow: UInt64
  private let hotVersions: Int
  private let firstProjectBelow: UInt64
  private let projects: Int
  private let lag: Quantiles

  package init(_ dataset: Dataset) {
    count = dataset.observations
    start = dataset.start
    end = dataset.start + Int64(dataset.span.milliseconds)
    seed = scramble(dataset.seed)
    traceSeed = scramble(dataset.seed ^ 0x7472_6163_6573)
    perTrace = dataset.observationsPerTrace
    // 24 bits of fraction: the product with any observation's number stays below 2^63.
    slot = (UInt64(dataset.span.milliseconds) << 24) / UInt64(dataset.observations)
    // `deleted` comes first, so that other shapes do not change which observations are deleted.
    var shares: [(Shape, Double)] = [(.deleted, dataset.deleted)]
    shares += Shape.allCases.filter { $0.isGiven }.map { ($0, dataset.shapes[$0, default: 0]) }
    shares.removeAll { $0.1 == 0 }
    shapes = shares.map { $0.0 }
    var sum = 0.0
    shapeEnds = shares.map { share in
      sum += share.1
      return UInt64((min(1, sum) * 4_294_967_296).rounded())
    }
    precondition(sum <= 1 + 1e-9, "shapes have at most all observations")
    shapedBelow = shapeEnds.last ?? 0
    hotVersions = dataset.hotVersions
    let most = shapes.map { $0.versionsMin }.reduce(dataset.versions.count, max)
    versionsMax = shapes.contains(.hot) ? max(most, dataset.hotVersions) : most
    moveMax = shapes.map { $0.moveMax }.max() ?? 0
    drawsVersions = dataset.versions.count > 1
    versionsChoice = Weighted(dataset.versions)
    firstProjectBelow = UInt64((dataset.firstProjectShare * 4_294_967_296).rounded())
    projects = dataset.projects
    lag = Quantiles(dataset.lag)
    let steps = shapes.contains(.hot) ? max(most, 2) : most
    reach = Int64(dataset.lag.max) * Int64(steps) + (steps == most ? 0 : Int64(versionsMax))
  }

  /// Unique.
  @inline(__always)
  package func key(of observation: Int) -> UInt64 { ObservationGenerator.key(seed, observation) }

  @inline(__always)
  func trace(of observation: Int) -> Int { observation / perTrace }

  @inline(__always)
  package func first(ofTrace trace: Int) -> Int { trace &* perTrace }

  /// Unique.
  @inline(__always)
  package func key(ofTrace trace: Int) -> UInt64 { ObservationGenerator.key(traceSeed, trace) }

  /// In milliseconds since 1970: random within the observation's slot of the span, so it never
  /// decreases with the observation's number.
  @inline(__always)
  package func start(of observation: Int, _ key: UInt64) -> Int64 {
    let jitter = draw(key, Stream.jitter) >> 48
    let offset = UInt64(truncatingIfNeeded: observation) &* slot &+ (slot >> 16) &* jitter
    return start &+ Int64(truncatingIfNeeded: offset >> 24)
  }

  /// The assigned shape, or `plain`; whether an observation is superseded follows from its
  /// versions.
  @inline(__always)
  package func shape(_ key: UInt64) -> Shape {
    if shapedBelow == 0 { return .plain }
    let point = draw(key, Stream.shape) >> 32
    if point >= shapedBelow { return .plain }
    var index = 0
    while shapeEnds[index] <= point { index &+= 1 }
    return shapes[index]
  }

  /// From 1.
  @inline(__always)
  package func versions(_ key: UInt64, _ shape: Shape) -> Int {
    if case .hot = shape { return hotVersions }
    let drawn = drawsVersions ? versionsChoice.choose(draw(key, Stream.versions)) &+ 1 : 1
    return max(drawn, shape.versionsMin)
  }

  /// From 0; determined by the trace.
  @inline(__always)
  package func project(ofTrace traceKey: UInt64) -> Int {
    let number = draw(traceKey, Stream.project)
    if projects == 1 || number >> 32 < firstProjectBelow { return 0 }
    return 1 &+ below(projects &- 1, number << 32)
  }

  /// Milliseconds, at least 1, from the previous arrival (or `start_time`) to the arrival at a
  /// position counted from 1. The versions of a hot observation arrive in the time that others take
  /// for two.
  @inline(__always)
  package func lag(_ key: UInt64, _ shape: Shape, place: Int) -> Int64 {
    let drawn = lag.value(draw(key, Stream.lag &+ UInt64(truncatingIfNeeded: place)))
    if case .hot = shape { return Int64(max(1, drawn &* 2 / hotVersions)) }
    return Int64(truncatingIfNeeded: max(1, drawn))
  }
}
