// When a request was due, began and ended.

/// When things happened to one request, in milliseconds from the beginning of its phase. The four
/// times that follow add up: lag + wait + service = response.
package struct RequestTimings: Equatable, Sendable {
  /// When it should have begun.
  package var intended: Double
  /// When the connection that made it came free; 0 if it had done nothing before.
  package var freed: Double
  package var began: Double
  /// When its answer was complete, or it failed.
  package var ended: Double

  package init(intended: Double, freed: Double, began: Double, ended: Double) {
    (self.intended, self.freed, self.began, self.ended) = (intended, freed, began, ended)
  }

  /// How long it waited for a free connection: the server's doing, for it was busy with all others.
  package var wait: Double { max(0, min(freed, began) - intended) }
  /// How late the harness was: it began so long after it could have.
  package var lag: Double { max(0, began - max(intended, freed)) }
  /// From its real start to its end.
  package var service: Double { ended - began }
  /// From its intended start to its end: what a user who came then would have seen.
  package var response: Double { ended - intended }
}
