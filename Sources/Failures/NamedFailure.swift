// Errors that fail an attempt while the run continues.

/// An error with a value for the column `error_name`. The description is one sentence.
package protocol NamedFailure: Error, CustomStringConvertible {
  var name: String { get }
}
