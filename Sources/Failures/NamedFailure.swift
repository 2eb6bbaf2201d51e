// Errors that fail an attempt and leave the run going.

/// An error with a name for the column `error_name`. The description is one sentence.
package protocol NamedFailure: Error, CustomStringConvertible {
  /// Such as `ANSWER_CUT_SHORT`.
  var name: String { get }
}
