// What a run that is about to begin can hope to show, from the noise of one that was made.

import Analysis
import Units

/// The smallest differences that the planned repeats can show.
package struct Outlook {
  /// One line for each path and state of merges; none where nothing is known of the noise.
  package let lines: [String]

  /// - Parameters:
  ///   - noise: of a run that was made.
  ///   - source: where that run is.
  ///   - paths: the planned paths, the baseline first.
  ///   - windows: the planned windows.
  ///   - mergeStates: the planned states of merges.
  ///   - repeats: the planned repeats.
  package init(
    _ noise: Noise, from source: String, paths: [String], windows: [String],
    mergeStates: [String], repeats: Int
  ) {
    guard let baseline = paths.first else {
      lines = []
      return
    }
    lines = mergeStates.flatMap { state in
      paths.dropFirst().compactMap { path in
        let shown = windows.compactMap { window in
          noise.forecast(
            "memory_peak_bytes", mergeState: state, window: window, path: path,
            baseline: baseline, repeats: repeats
          ).flatMap { forecast in
            forecast.smallestDifference.map { "\(percent($0)) at \(window)" }
          }
        }
        guard !shown.isEmpty else { return nil }
        return "\(plural(repeats, "repeat")) can show a difference in peak memory between \(path) "
          + "and \(baseline) (\(state)) of \(shown.joined(separator: ", ")), by the noise in "
          + source
      }
    }
  }
}
