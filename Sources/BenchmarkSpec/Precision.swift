// Stopping rule for repeats: a sufficiently narrow interval, or the end of a budget.
//
// Depends only on the width of intervals, never on their position: repeating until a difference is
// significant eventually finds one, whether or not it exists.

import CSVRecords

package struct Precision: Codable, Equatable, Sendable {
  /// Half the width of the interval, as a share of the median: 0.03 means ± 3 %.
  package var halfWidth: Double
  /// Export figure with that interval.
  package var figure: String
  /// Maximum repeats of a window.
  package var repeatsMax: Int

  /// The first decision is after this number of repeats: the width of shorter samples is mostly
  /// chance, and stopping at a narrow one would overstate the precision.
  package static let firstLook = 20

  /// Checks before a run that the precision is reachable.
  package func check(_ figures: FigureCatalogue) throws(RecordError) {
    try FigureCatalogue.check(figure, in: figures.export)
    guard halfWidth.isFinite, halfWidth > 0, halfWidth < 1 else {
      throw RecordError(
        "a half-width of \(halfWidth) is invalid; give a share of the median such as 0.03")
    }
    guard repeatsMax >= Self.firstLook else {
      throw RecordError(
        "\(repeatsMax) repeats are too few; give \(Self.firstLook) or more")
    }
  }
}
