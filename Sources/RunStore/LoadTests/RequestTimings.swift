// Timings of one request: due, sent and finished.

/// In milliseconds since the start of the phase; lag + wait + service = response.
package struct RequestTimings: Equatable, Sendable {
  /// Due time.
  package var intended: Double
  /// When the connection became free; 0 if it was unused before.
  package var freed: Double
  package var began: Double
  /// When the response was complete, or the request failed.
  package var ended: Double

  package init(intended: Double, freed: Double, began: Double, ended: Double) {
    (self.intended, self.freed, self.began, self.ended) = (intended, freed, began, ended)
  }

  /// Wait for a free connection, caused by the server that kept all of them busy.
  package var wait: Double { max(0, min(freed, began) - intended) }
  /// Delay by the harness after the request could have been sent.
  package var lag: Double { max(0, began - max(intended, freed)) }
  /// From the actual start.
  package var service: Double { ended - began }
  /// From the due time: what a user would have experienced.
  package var response: Double { ended - intended }
}
