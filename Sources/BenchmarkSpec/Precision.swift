// When to stop repeating: at an interval as narrow as was asked, or at the end of a budget.
//
// Decided by the width of intervals alone, and never by where they lie: repeating until a
// difference is significant finds one sooner or later, whether or not it is there.

import CSVRecords

/// How precise a benchmark wants to be.
package struct Precision: Codable, Equatable, Sendable {
  /// Half the width of the interval, as a share of the median: 0.03 asks for ± 3 %.
  package var halfWidth: Double
  /// The export figure whose interval that is.
  package var figure: String
  /// No window gets more repeats than this.
  package var repeatsMax: Int

  /// Asks for a precision. `check` says what is wrong with it.
  package init(halfWidth: Double, figure: String, repeatsMax: Int) {
    (self.halfWidth, self.figure, self.repeatsMax) = (halfWidth, figure, repeatsMax)
  }

  /// Nobody looks at an interval before so many repeats: the width of a shorter one is mostly
  /// chance, and to stop at a narrow one by chance is to promise too much.
  package static let firstLook = 20

  /// Finds what would keep the precision from ever being reached: call it before the first run.
  package func check(_ figures: FigureCatalogue) throws(RecordError) {
    try FigureCatalogue.check(figure, in: figures.export)
    guard halfWidth.isFinite, halfWidth > 0, halfWidth < 1 else {
      throw RecordError(
        "a half-width of \(halfWidth) is none; give a share of the median such as 0.03")
    }
    guard repeatsMax >= Self.firstLook else {
      throw RecordError(
        "\(repeatsMax) repeats at most are too few; give \(Self.firstLook) or more")
    }
  }
}
