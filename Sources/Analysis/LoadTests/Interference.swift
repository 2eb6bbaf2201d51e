// What one stream suffers from another: how many times as long its requests take beside it as
// alone.

import BenchmarkSpec
import Statistics

/// One ratio of response times.
package struct Interference: Equatable, Sendable {
  /// What the two sides differ in.
  package enum Cause: Equatable, Sendable {
    /// The other stream goes on as well, or not.
    case stream(String)
    case view
  }

  /// The stream that suffers.
  package let stream: String
  package let cause: Cause
  /// Whether the view was there; of the view as a cause, with it.
  package let target: InsertTarget
  /// What went on on the side that suffers.
  package let traffic: StreamMix
  /// The export that went on; nil where nothing was exported.
  package let export: String?
  /// The percentile, such as 50 or 99.
  package let percent: Double
  /// The median over the rounds of one round's percentile over the other's.
  package let ratio: Double
  /// Its interval over the rounds; nil of a single round.
  package let interval: Interval?
  /// How many rounds have both percentiles; 0 where only all of them together carry it, and then
  /// there is no interval.
  package let rounds: Int

  /// The percentiles that are set against each other.
  package static let percents: [Double] = [50, 90, 99]

  /// - Parameters:
  ///   - suffering: with the cause.
  ///   - alone: without it.
  ///   - cause: the cause.
  ///   - percent: the percentile.
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
    (traffic, export, self.percent) = (suffering.traffic, suffering.export, percent)
  }

  /// Every ratio that the lines give: of each stream beside another over alone, and of each with
  /// the view over without.
  package static func all(_ lines: [LoadTestLine]) -> [Interference] {
    var found: [Interference] = []
    for line in lines {
      if line.traffic == .both,
        let alone = lines.first(where: {
          $0.traffic != .both && $0.stream == line.stream && $0.target == line.target
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
          $0.target == .plain && $0.stream == line.stream && $0.traffic == line.traffic
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
