// Predictions of memory: peak of a window, largest window within a limit, and window with a given
// peak.

package struct CapacityAnswer: Equatable, Sendable, Codable {
  package var path: String
  package var mergeState: String
  /// In milliseconds.
  package var windowMs: Int
  /// All versions.
  package var rows: Double
  /// Uncompressed.
  package var bytes: Double
  /// Nil beyond the extrapolation limit.
  package var peakBytes: CapacityPrediction?
  /// Ratio to the largest measured export.
  package var extrapolation: Double
  /// Quantity with that ratio.
  package var extrapolationBy: String
  /// Terms assumed to stop growing before this window, which no cell has shown.
  package var unseenLimits: [CapacityTerm]
}

/// Why the largest window is not larger.
package enum CapacityBound: String, Sendable, Codable {
  case limit
  case retention
  /// Larger windows exceed the extrapolation limit.
  case extrapolation
  /// Not even an empty window fits.
  case nothingFits = "nothing_fits"
  /// The data do not determine the memory of an export.
  case undetermined
}

/// The largest window whose interval is within a limit.
package struct CapacityWindow: Equatable, Sendable, Codable {
  package var path: String
  package var mergeState: String
  /// In milliseconds; nil if none fits.
  package var windowMs: Double?
  package var bound: CapacityBound
  /// Terms assumed to stop growing before it, which no cell has shown.
  package var unseenLimits: [CapacityTerm]
}

/// The window of one path with a given peak.
package struct CapacityCause: Equatable, Sendable, Codable {
  package var path: String
  package var mergeState: String
  /// In milliseconds; nil if not within ten years, or beyond the extrapolation limit.
  package var windowMs: Double?
  /// Shortest and longest window whose interval contains the peak; nil if no window is long enough.
  package var windowLowMs: Double?
  package var windowHighMs: Double?
  /// Uncompressed bytes of the window.
  package var bytes: Double?
  package var rows: Double?
  /// Ratio to the largest measured export.
  package var extrapolation: Double?
  /// Maximum peak within the retention.
  package var mostBytes: Double
}

extension CapacityModel {
  package func answer(_ windowMs: Int, _ question: CapacityQuestion) -> CapacityAnswer {
    let drivers = question.drivers(Double(windowMs), self)
    let (factor, by) = extrapolation(to: drivers)
    let isFar = factor > CapacityQuestion.factorMax && !question.extrapolate
    return CapacityAnswer(
      path: path, mergeState: mergeState, windowMs: windowMs, rows: drivers.rows,
      bytes: drivers.windowBytes, peakBytes: isFar ? nil : predict(drivers),
      extrapolation: factor, extrapolationBy: by,
      unseenLimits: unseenLimits(of: drivers))
  }

  package func largestWindow(_ limit: Double, _ question: CapacityQuestion) -> CapacityWindow {
    func found(_ window: Double?, _ bound: CapacityBound) -> CapacityWindow {
      CapacityWindow(
        path: path, mergeState: mergeState, windowMs: window, bound: bound,
        unseenLimits: window.map { unseenLimits(of: question.drivers($0, self)) } ?? [])
    }
    func isFar(_ window: Double) -> Bool {
      !question.extrapolate
        && extrapolation(to: question.drivers(window, self)).factor > CapacityQuestion.factorMax
    }
    func exceeds(_ window: Double) -> Bool {
      predict(question.drivers(window, self)).high > limit
    }
    let ends = (least: 1000.0, most: question.retentionMs)
    if isFar(ends.least) { return found(nil, .extrapolation) }
    if exceeds(ends.least) {
      let isOpen = predict(question.drivers(ends.least, self)).isOpen
      return found(nil, isOpen ? .undetermined : .nothingFits)
    }
    guard
      let window = Self.first(from: ends.least, to: ends.most, where: { isFar($0) || exceeds($0) })
    else { return found(ends.most, .retention) }
    return found(window, exceeds(window * 1.001) && !isFar(window) ? .limit : .extrapolation)
  }

  package func cause(of peak: Double, _ question: CapacityQuestion) -> CapacityCause {
    // The history grows with the window: the required amount is unknown.
    var wide = question
    wide.retentionMs = 3650 * CapacityQuestion.dayMs
    func window(_ measure: (CapacityPrediction) -> Double) -> Double? {
      Self.first(from: 1, to: wide.retentionMs) {
        measure(predict(wide.drivers($0, self))) >= peak
      }
    }
    var cause = CapacityCause(
      path: path, mergeState: mergeState,
      mostBytes: value(question.drivers(question.retentionMs, self)))
    guard let middle = window(\.value) else { return cause }
    let drivers = wide.drivers(middle, self)
    let factor = extrapolation(to: drivers).factor
    cause.extrapolation = factor
    guard question.extrapolate || factor <= CapacityQuestion.factorMax else { return cause }
    (cause.windowMs, cause.bytes, cause.rows) = (middle, drivers.windowBytes, drivers.rows)
    (cause.windowLowMs, cause.windowHighMs) = (window(\.high), window(\.low))
    return cause
  }

  /// The last window before a condition holds, with a relative precision of 10⁻⁴; nil if it never
  /// holds.
  private static func first(
    from least: Double, to most: Double, where holds: (Double) -> Bool
  ) -> Double? {
    // Intervals may narrow as windows grow, so the first step that holds is searched.
    var (low, high) = (least, least)
    repeat {
      guard high < most else { return nil }
      (low, high) = (high, min(most, high * 1.5))
    } while !holds(high)
    while high / low > 1.0001 {
      let middle = (low * high).squareRoot()
      if holds(middle) { high = middle } else { low = middle }
    }
    return low
  }
}
