// The one error of this room. Holds no cause and no recovery: everything here is pure text.

import Units

/// A file of a run that cannot be read, or a claim that cannot be judged.
package struct RecordError: Error, Equatable, CustomStringConvertible {
  /// One sentence, without a full stop: what is wrong, where, and what to do.
  package let description: String

  package init(_ description: String) { self.description = oneLine(description) }
}
