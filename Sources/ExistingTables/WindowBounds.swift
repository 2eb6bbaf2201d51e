// Requested window; either end may be open.

import ExportPaths
import Failures
import Units

/// Milliseconds since 1970.
package struct WindowBounds: Sendable {
  package var from: Int64?
  /// Inclusive; nil for the newest `start_time`.
  package var to: Int64?
  /// Used for an open end; a day if both are open.
  package var length: TimeSpan?

  package init(from: Int64? = nil, to: Int64? = nil, length: TimeSpan? = nil) {
    self.from = from
    self.to = to
    self.length = length
  }

  /// The window, if it does not depend on the newest `start_time`.
  package func closed() throws(UserError) -> ClosedRange<Int64>? {
    to != nil || (from != nil && length != nil) ? try range(newest: 0) : nil
  }

  /// - Parameter newest: the newest `start_time`.
  package func range(newest: Int64) throws(UserError) -> ClosedRange<Int64> {
    // The server may return a value outside of the table key's range.
    let newest = min(max(newest, ExportWindow.bounds.lowerBound), ExportWindow.bounds.upperBound)
    let span = length ?? TimeSpan(milliseconds: 86_400_000)
    let fromStart = from.map { Moment.window(startingAt: $0, length: span) }
    let end = to ?? (length == nil ? nil : fromStart?.upperBound) ?? newest
    let start = from ?? Moment.window(endingAt: end, length: span).lowerBound
    guard start <= end else {
      throw UserError.usage(
        "the window ends at \(moment(end)), before it starts at \(moment(start)); give "
          + "another --from or --to")
    }
    return (start...end).clamped(to: ExportWindow.bounds)
  }
}
