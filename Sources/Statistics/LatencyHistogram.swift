// Latency histogram with bounded relative error (HdrHistogram).

import Histogram

/// Milliseconds, to three significant digits; HdrHistogram's unit is the microsecond.
package struct LatencyHistogram: Sendable {
  private var counts = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
  /// Number of values that are lower bounds.
  package private(set) var lowerBounds = 0
  private var leastFloor = Double.infinity

  /// One day; longer times are recorded as this.
  private static let mostMicroseconds = 86_400e6

  package init() {}

  package init(_ times: [Double]) {
    for time in times { record(time) }
  }

  /// Records a time; `isFloor` marks it as a lower bound.
  package mutating func record(_ milliseconds: Double, isFloor: Bool = false) {
    guard milliseconds.isFinite else { return }
    let value = min(max(0, milliseconds * 1000), Self.mostMicroseconds).rounded()
    counts.record(UInt64(value))
    guard isFloor else { return }
    lowerBounds += 1
    leastFloor = min(leastFloor, milliseconds)
  }

  package mutating func add(_ other: LatencyHistogram) {
    counts.add(other.counts)
    lowerBounds += other.lowerBounds
    leastFloor = min(leastFloor, other.leastFloor)
  }

  /// Whether a percentile is only a lower bound, because one of the times up to it is.
  package func isFloor(_ milliseconds: Double) -> Bool { milliseconds >= leastFloor * 0.999 }

  package var count: Int { Int(counts.totalCount) }

  /// In milliseconds; nil without values.
  package var longest: Double? { count > 0 ? Double(counts.maxRecorded) / 1000 : nil }

  /// In milliseconds; nil if the count is too small: at least one value must lie beyond the
  /// percentile.
  package func percentile(_ percent: Double) -> Double? {
    guard count >= Self.fewest(for: percent) else { return nil }
    return Double(counts.valueAtPercentile(percent)) / 1000
  }

  /// Values that a percentile needs: 2 for 50, 10 for 90, 100 for 99, 1,000 for 99.9.
  package static func fewest(for percent: Double) -> Int {
    Int((100 / (100 - percent) - 1e-6).rounded(.up))
  }

  /// The highest of 50, 90, 99 and 99.9 that the count supports, with its value.
  package var highest: (percent: Double, ms: Double)? {
    [99.9, 99, 90, 50].lazy.compactMap { percent in
      percentile(percent).map { (percent, $0) }
    }.first
  }
}
