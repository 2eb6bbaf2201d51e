// The one error of this room. Holds no cause and no recovery: everything here is pure text.

import Units

/// A file of a run that cannot be read, or a claim that cannot be judged.
public struct ResultsError: Error, Equatable, CustomStringConvertible {
  /// One sentence, without a full stop: what is wrong, where, and what to do.
  public let description: String

  /// Makes an error from its sentence.
  public init(_ description: String) { self.description = oneLine(description) }
}
