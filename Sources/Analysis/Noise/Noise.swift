// Noise per cell from an earlier run, and the smallest differences that a planned run can detect.

import CSVRecords
import RunStore
import Statistics
import Units

package struct Noise: Codable, Equatable, Sendable {
  package struct Level: Codable, Equatable, Sendable {
    /// For example `memory_peak_bytes`.
    package var figure: String
    package var mergeState: String
    package var window: String
    /// Without the label of an alias.
    package var path: String
    /// Spread of the log ratio of two attempts; see `Power.deviation(ofLogRatios:)`. 0.1 means that
    /// two attempts differ by about 10 %.
    package var deviation: Double
    /// Number of ratios.
    package var pairs: Int
  }

  package var levels: [Level]

  /// Default figures of a forecast.
  package static let usualFigures = ["memory_peak_bytes", "client_wall_ms"]

  /// Takes what is known; where a cell appears twice, the first counts.
  package init(levels: [Level]) { self.levels = levels }

  /// For a path measured against itself: from the ratios within each repeat. For others: from the
  /// ratios of successive repeats, which are further apart in time and show slightly more noise.
  package init(
    _ records: Records, paths: [Manifest.Path], figures: [String] = Noise.usualFigures
  ) throws(RecordError) {
    var wanted: [Figure<Sample>] = []
    for name in figures { wanted.append(try Sample.figure(name)) }
    let twins = SelfComparison.twins(paths)
    levels = exportCells(records, order: paths.map(\.name)).flatMap { cell in
      cell.subjects.flatMap { subject -> [Level] in
        let isTwin = twins.contains { $0.twin == subject.name }
        guard !isTwin, !subject.isWrong else { return [] }
        let twin = twins.first { $0.path == subject.name }?.twin
        return wanted.compactMap { figure in
          let ratios =
            twin.map { cell.ratios(figure, of: $0, to: subject.name).values }
            ?? Noise.successive(subject.series(figure).values)
          let logs = ratios.filter { $0 > 0 }.map(Math.log)
          return Power.deviation(ofLogRatios: logs).map {
            Level(
              figure: figure.name, mergeState: cell.mergeState ?? "", window: cell.window ?? "",
              path: Noise.plainName(subject.name), deviation: $0, pairs: logs.count)
          }
        }
      }
    }
  }

  /// The smallest difference of a path and the baseline that a number of pairs can detect.
  ///
  /// - Returns: nil if the noise of either is unknown.
  package func forecast(
    _ figure: String, mergeState: String, window: String, path: String, baseline: String,
    repeats: Int
  ) -> Forecast? {
    func deviation(_ path: String) -> Double? {
      levels.first {
        $0.figure == figure && $0.mergeState == mergeState && $0.window == window
          && $0.path == Noise.plainName(path)
      }?.deviation
    }
    guard let above = deviation(path), let below = deviation(baseline) else { return nil }
    // Each deviation is of two attempts of one path; a pair has one attempt of each path.
    return Forecast(
      figure: figure, mergeState: mergeState, window: window, path: path, repeats: repeats,
      deviation: ((above * above + below * below) / 2).squareRoot())
  }

  /// Without the label of an alias after `@`.
  static func plainName(_ path: String) -> String { String(path.prefix { $0 != "@" }) }

  private static func successive(_ values: [Double]) -> [Double] {
    zip(values.dropFirst(), values).compactMap { $1 > 0 ? $0 / $1 : nil }
  }
}

package struct Forecast: Equatable, Sendable {
  package let figure: String
  package let mergeState: String
  package let window: String
  package let path: String
  /// Number of pairs.
  package let repeats: Int
  /// Expected spread of the log ratios.
  package let deviation: Double

  /// Smallest difference detected in 95 % of runs, as a share; nil with too few pairs.
  package var smallestDifference: Double? {
    Power.smallestDifference(deviation: deviation, pairs: repeats)
  }

  /// - Parameter difference: 0.05 is 5 %.
  package func repeats(toShow difference: Double) -> Int {
    Power.pairs(toShow: difference, deviation: deviation)
  }

  /// For example `memory_peak_bytes of mv-final at 1h (fresh): 10 repeats show a difference of 31
  /// %; 5 % would need 209`.
  package var sentence: String {
    let place = "\(figure) of \(path) at \(window) (\(mergeState))"
    let shown =
      smallestDifference.map { "show a difference of \(percent($0))" }
      ?? "show no difference"
    return "\(place): \(repeats) repeats \(shown); 5 % would need \(repeats(toShow: 0.05))"
  }
}
