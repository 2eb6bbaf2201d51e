// A histogram of times with a bounded error, whatever their range.

import Histogram

/// Times in milliseconds, kept to three digits (HdrHistogram, with microseconds as its unit).
package struct LatencyHistogram: Sendable {
  private var counts = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
  /// How many of the values are only known to be at least so large.
  package private(set) var lowerBounds = 0
  private var leastFloor = Double.infinity

  /// A day: what takes longer counts as that.
  private static let mostMicroseconds = 86_400e6

  /// Nothing yet.
  package init() {}

  package init(_ times: [Double]) {
    for time in times { record(time) }
  }

  /// Counts a time; `isFloor` says that it was at least so long.
  package mutating func record(_ milliseconds: Double, isFloor: Bool = false) {
    guard milliseconds.isFinite else { return }
    let value = min(max(0, milliseconds * 1000), Self.mostMicroseconds).rounded()
    counts.record(UInt64(value))
    guard isFloor else { return }
    lowerBounds += 1
    leastFloor = min(leastFloor, milliseconds)
  }

  /// Adds another one to it.
  package mutating func add(_ other: LatencyHistogram) {
    counts.add(other.counts)
    lowerBounds += other.lowerBounds
    leastFloor = min(leastFloor, other.leastFloor)
  }

  /// Whether a percentile may be more than it says: one of the times up to there is only known to
  /// be at least so long.
  package func isFloor(_ milliseconds: Double) -> Bool { milliseconds >= leastFloor * 0.999 }

  /// How many times were counted.
  package var count: Int { Int(counts.totalCount) }

  /// The longest, in milliseconds; nil of nothing.
  package var longest: Double? { count > 0 ? Double(counts.maxRecorded) / 1000 : nil }

  /// A percentile in milliseconds, such as 99 or 99.9; nil where the count cannot carry it: at
  /// least one value has to lie beyond.
  package func percentile(_ percent: Double) -> Double? {
    guard count >= Self.fewest(for: percent) else { return nil }
    return Double(counts.valueAtPercentile(percent)) / 1000
  }

  /// How many values a percentile needs: 2 for 50, 10 for 90, 100 for 99, 1,000 for 99.9.
  package static func fewest(for percent: Double) -> Int {
    Int((100 / (100 - percent) - 1e-6).rounded(.up))
  }

  /// The highest of 50, 90, 99 and 99.9 that the count carries, with its value.
  package var highest: (percent: Double, ms: Double)? {
    [99.9, 99, 90, 50].lazy.compactMap { percent in
      percentile(percent).map { (percent, $0) }
    }.first
  }
}
