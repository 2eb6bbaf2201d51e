// Interference of streams: ratio of the response times with and without another stream.

import BenchmarkSpec
import Statistics

package struct Interference: Equatable, Sendable {
  /// What differs between the two sides.
  package enum Cause: Equatable, Sendable {
    /// With the other stream or without it.
    case stream(String)
    case view
  }

  /// The affected stream.
  package let stream: String
  package let cause: Cause
  /// With the view or not; if the view is the cause, with it.
  package let target: InsertTarget
  /// The streams on the affected side.
  package let streamMix: StreamMix
  /// Nil if there is no export.
  package let export: String?
  package let percent: Double
  /// Median over the rounds of the ratio of percentiles.
  package let ratio: Double
  /// Over the rounds; nil for a single round.
  package let interval: Interval?
  /// Rounds with both percentiles; 0 if only the pooled rounds have enough requests, without an
  /// interval.
  package let rounds: Int

  package static let percents: [Double] = [50, 90, 99]

  /// - Parameters:
  ///   - suffering: with the cause.
  ///   - alone: without it.
  package init?(_ suffering: LoadTestLine, over alone: LoadTestLine, cause: Cause, percent: Double)
  {
    let pairs = suffering.byPhase.compactMap { one -> Double? in
      guard let round = one.round, let other = alone.byPhase.first(where: { $0.round == round }),
        let high = one.response.percentile(percent),
        let low = other.response.percentile(percent), low > 0
      else { return nil }
      return high / low
    }
    if let median = Statistics.median(pairs) {
      (ratio, interval, rounds) = (median, Statistics.interval(ofMedian: pairs), pairs.count)
    } else if let high = suffering.response.percentile(percent),
      let low = alone.response.percentile(percent), low > 0
    {
      (ratio, interval, rounds) = (high / low, nil, 0)
    } else {
      return nil
    }
    (stream, self.cause, target) = (suffering.stream, cause, suffering.target)
    (streamMix, export, self.percent) = (suffering.streamMix, suffering.export, percent)
  }

  /// Each stream with another compared with alone, and each stream with the view compared with
  /// without.
  package static func all(_ lines: [LoadTestLine]) -> [Interference] {
    var found: [Interference] = []
    for line in lines {
      if line.streamMix == .both,
        let alone = lines.first(where: {
          $0.streamMix != .both && $0.stream == line.stream && $0.target == line.target
        })
      {
        let isIngest = line.stream == LoadTestQuestion.Stream.ingest
        let other = isIngest ? line.export ?? "" : LoadTestQuestion.Stream.ingest
        found += percents.compactMap {
          Interference(line, over: alone, cause: .stream(other), percent: $0)
        }
      }
      if line.target == .withView,
        let without = lines.first(where: {
          $0.target == .plain && $0.stream == line.stream && $0.streamMix == line.streamMix
            && $0.export == line.export
        })
      {
        found += percents.compactMap {
          Interference(line, over: without, cause: .view, percent: $0)
        }
      }
    }
    return found
  }
}
