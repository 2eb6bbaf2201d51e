// Predicts the smallest difference that a planned run can detect, from the noise of earlier runs.

import Analysis
import Units

package struct Outlook {
  /// One line per path and merge state; empty without known noise.
  package let lines: [String]

  /// - Parameter paths: the baseline first.
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
        return "\(plural(repeats, "repeat")) can detect a difference in peak memory between "
          + "\(path) and \(baseline) (\(state)) of \(shown.joined(separator: ", ")), given the "
          + "noise of "
          + source
      }
    }
  }
}
