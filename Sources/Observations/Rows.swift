// The law of a dataset: what follows for an observation and a version from the seed.
//
// Time, versions, project and fate are here, for the arrivals, the ground truth and the encoder
// alike. What a row says in its other columns is the encoder's business.

/// A dataset's figures turned into thresholds and tables, cheap to ask and free of state.
struct Rows: Sendable {
  let count: Int
  let start: Int64
  let versionsMax: Int
  /// The most milliseconds from `start_time` to the arrival of the last version.
  let reach: Int64
  private let seed: UInt64
  private let traceSeed: UInt64
  private let perTrace: Int
  private let slot: UInt64
  private let versionsChoice: Weighted
  private let deletedBelow: UInt64
  private let firstProjectBelow: UInt64
  private let projects: Int
  private let lag: Quantiles

  init(_ dataset: Dataset) {
    count = dataset.observations
    start = dataset.start
    seed = scramble(dataset.seed)
    traceSeed = scramble(dataset.seed ^ 0x7472_6163_6573)
    perTrace = dataset.observationsPerTrace
    // 24 bits of fraction: the product with any observation's number stays below 2^63.
    slot = (UInt64(dataset.span.milliseconds) << 24) / UInt64(dataset.observations)
    versionsMax = dataset.versions.count
    versionsChoice = Weighted(dataset.versions)
    deletedBelow = UInt64((dataset.deleted * 4_294_967_296).rounded())
    firstProjectBelow = UInt64((dataset.firstProjectShare * 4_294_967_296).rounded())
    projects = dataset.projects
    lag = Quantiles(dataset.lag)
    reach = Int64(dataset.lag.max) * Int64(dataset.versions.count)
  }

  /// The key of an observation: no two have the same.
  @inline(__always)
  func key(of observation: Int) -> UInt64 { Observations.key(seed, observation) }

  /// The number of the observation's trace.
  @inline(__always)
  func trace(of observation: Int) -> Int { observation / perTrace }

  /// The number of the first observation of a trace.
  @inline(__always)
  func first(ofTrace trace: Int) -> Int { trace &* perTrace }

  /// The key of a trace: no two have the same.
  @inline(__always)
  func key(ofTrace trace: Int) -> UInt64 { Observations.key(traceSeed, trace) }

  /// `start_time`, in milliseconds since 1970: somewhere in the observation's own slot of the span,
  /// so that it never falls as the observation's number rises.
  @inline(__always)
  func start(of observation: Int, _ key: UInt64) -> Int64 {
    let jitter = draw(key, Stream.jitter) >> 48
    let offset = UInt64(truncatingIfNeeded: observation) &* slot &+ (slot >> 16) &* jitter
    return start &+ Int64(truncatingIfNeeded: offset >> 24)
  }

  /// The number of versions, from 1.
  @inline(__always)
  func versions(_ key: UInt64) -> Int {
    versionsMax == 1 ? 1 : versionsChoice.choose(draw(key, Stream.versions)) &+ 1
  }

  /// Whether the last version is a tombstone.
  @inline(__always)
  func isDeleted(_ key: UInt64) -> Bool {
    deletedBelow != 0 && draw(key, Stream.deletion) >> 32 < deletedBelow
  }

  /// The project's number, from 0, by the trace.
  @inline(__always)
  func project(ofTrace traceKey: UInt64) -> Int {
    let number = draw(traceKey, Stream.project)
    if projects == 1 || number >> 32 < firstProjectBelow { return 0 }
    return 1 &+ below(projects &- 1, number << 32)
  }

  /// Milliseconds from the version before, or from `start_time` for the first, to this one; at
  /// least one, so that `event_ts` rises strictly.
  @inline(__always)
  func lag(_ key: UInt64, version: Int) -> Int64 {
    Int64(
      truncatingIfNeeded: max(
        1, lag.value(draw(key, Stream.lag &+ UInt64(truncatingIfNeeded: version)))))
  }
}
