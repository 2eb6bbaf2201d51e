// Error of CSV reading and of claim evaluation.

import Units

/// A run file that cannot be read, or a claim that cannot be evaluated.
package struct RecordError: Error, Equatable, CustomStringConvertible {
  /// One sentence without a full stop: what is wrong, where, what to do.
  package let description: String

  package init(_ description: String) { self.description = oneLine(description) }
}
