// How noisy each cell is, from a run that was made: what a run to come can hope to see.

import CSVRecords
import RunStore
import Statistics
import Units

/// The noise of figures by path, window and state of merges.
package struct Noise: Codable, Equatable, Sendable {
  /// The noise of one figure on one path in one cell.
  package struct Level: Codable, Equatable, Sendable {
    /// The figure's name: `memory_peak_bytes`.
    package var figure: String
    package var mergeState: String
    /// The window as written.
    package var window: String
    /// The path, without the label of an alias.
    package var path: String
    /// The spread of the log ratio of two attempts on this path; see
    /// `Power.deviation(ofLogRatios:)`. 0.1 means that two attempts are some 10 % apart.
    package var deviation: Double
    /// How many ratios it was taken from.
    package var pairs: Int
  }

  /// All that is known.
  package var levels: [Level]

  /// The figures that a forecast is made of if nothing else is said.
  package static let usualFigures = ["memory_peak_bytes", "client_wall_ms"]

  /// Takes what is known; where a cell stands there twice, the first counts.
  package init(levels: [Level]) { self.levels = levels }

  /// Learns the noise from a run: of a path that ran against itself, from the ratios within each
  /// repeat; of any other, from the ratios of one attempt to the one of the repeat before, which
  /// lie further apart in time and so show rather more noise.
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

  /// What so many repeats can show of a path against the baseline, if the noise of both is known.
  ///
  /// - Parameters:
  ///   - figure: the figure's name.
  ///   - mergeState: the state of merges.
  ///   - window: the window as written.
  ///   - path: the path above the line.
  ///   - baseline: the path below the line.
  ///   - repeats: how many pairs there will be.
  /// - Returns: the forecast; nil where nothing is known of the cell.
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
    // Each is the spread of two attempts of its own kind; here one attempt of each kind meets.
    return Forecast(
      figure: figure, mergeState: mergeState, window: window, path: path, repeats: repeats,
      deviation: ((above * above + below * below) / 2).squareRoot())
  }

  /// A path's name without the label that an alias has after its `@`.
  static func plainName(_ path: String) -> String { String(path.prefix { $0 != "@" }) }

  private static func successive(_ values: [Double]) -> [Double] {
    zip(values.dropFirst(), values).compactMap { $1 > 0 ? $0 / $1 : nil }
  }
}

/// What a comparison can hope to show, said before it is made.
package struct Forecast: Equatable, Sendable {
  /// The figure's name.
  package let figure: String
  package let mergeState: String
  /// The window as written.
  package let window: String
  /// The path that is set against the baseline.
  package let path: String
  /// How many pairs there will be.
  package let repeats: Int
  /// The spread of their log ratios that the noise lets expect.
  package let deviation: Double

  /// The smallest difference that will be found in 95 % of runs, as a share; nil if there are too
  /// few pairs for a difference of any size.
  package var smallestDifference: Double? {
    Power.smallestDifference(deviation: deviation, pairs: repeats)
  }

  /// How many repeats would show a difference: 0.05 is 5 %.
  package func repeats(toShow difference: Double) -> Int {
    Power.pairs(toShow: difference, deviation: deviation)
  }

  /// `memory_peak_bytes of mv-final at 1h (fresh): 10 repeats show a difference of 31 %; 5 % would
  /// need 209`.
  package var sentence: String {
    let place = "\(figure) of \(path) at \(window) (\(mergeState))"
    let shown =
      smallestDifference.map { "show a difference of \(percent($0))" }
      ?? "show no difference at all"
    return "\(place): \(repeats) repeats \(shown); 5 % would need \(repeats(toShow: 0.05))"
  }
}
