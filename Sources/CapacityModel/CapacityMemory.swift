// What a model of memory answers: the peak of a window, the largest window within a limit, and what
// would make a peak.

/// The memory of one window, or why it is not said.
package struct CapacityAnswer: Equatable, Sendable, Codable {
  package var path: String
  package var mergeState: String
  /// The window in milliseconds.
  package var windowMs: Int
  /// Rows in it, all versions that are there.
  package var rows: Double
  /// Their uncompressed bytes.
  package var bytes: Double
  /// The peak; nil where that would be too far beyond what was measured.
  package var peakBytes: CapacityPrediction?
  /// How many times larger than anything measured the export is.
  package var extrapolation: Double
  /// By which measure.
  package var extrapolationBy: String
  /// Terms that stop to grow before this window, which no cell has seen them do.
  package var unseenLimits: [CapacityTerm]
}

/// What ends the search for the largest window.
package enum CapacityBound: String, Sendable, Codable {
  case limit
  /// What is kept is no longer.
  case retention
  /// Beyond it the model would be asked too far from what was measured.
  case extrapolation
  /// Not even an empty window fits.
  case nothingFits = "nothing_fits"
  /// The data do not say how much an export takes.
  case undetermined
}

/// The largest window whose whole interval is within a limit.
package struct CapacityWindow: Equatable, Sendable, Codable {
  package var path: String
  package var mergeState: String
  /// The window in milliseconds; nil where none fits.
  package var windowMs: Double?
  /// What keeps it from being larger.
  package var bound: CapacityBound
  /// Terms that stop to grow before it, which no cell has seen them do.
  package var unseenLimits: [CapacityTerm]
}

/// What would make a peak by one path.
package struct CapacityCause: Equatable, Sendable, Codable {
  package var path: String
  package var mergeState: String
  /// The window that the formula takes the peak at; nil where it does not within ten years, or
  /// where that is too far from what was measured.
  package var windowMs: Double?
  /// The shortest window whose interval holds the peak, and the longest.
  package var windowLowMs: Double?
  /// See ``windowLowMs``; nil where no window is long enough.
  package var windowHighMs: Double?
  /// The uncompressed bytes of the window's rows.
  package var bytes: Double?
  package var rows: Double?
  /// How many times larger than anything measured that is.
  package var extrapolation: Double?
  /// The largest peak that the question's retention allows.
  package var mostBytes: Double
}

extension CapacityModel {
  /// The peak of a window.
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

  /// The largest window that fits into a limit with its whole interval.
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

  /// Which window of the question's rows would take a peak.
  package func cause(of peak: Double, _ question: CapacityQuestion) -> CapacityCause {
    // The history grows with the window: what is asked is what would have to be there.
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

  /// The last window before a condition holds, to a part in ten thousand; nil if it holds nowhere.
  private static func first(
    from least: Double, to most: Double, where holds: (Double) -> Bool
  ) -> Double? {
    // An interval may narrow as windows grow, so the first step that holds is looked for.
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
