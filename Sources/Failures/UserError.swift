// What stops a run, as opposed to what fails an attempt (which is data, and a row).

import Files
import Foundation

/// A reason why the suite cannot go on. The description is one sentence with a remedy.
package struct UserError: Error, CustomStringConvertible, Sendable {
  /// Whose turn it is to mend it; the command line has an exit code for each.
  package enum Kind: Sendable {
    /// What the user asked for cannot be.
    case usage
    /// A file that the user named cannot be read, or does not fit the others.
    case input
    /// The server cannot be used, or does not hold what it should.
    case server
    /// The output cannot be made.
    case output
  }

  /// Whose turn it is.
  package let kind: Kind
  /// The sentence.
  package let description: String

  package init(_ kind: Kind, _ sentence: String) {
    self.kind = kind
    description = sentence
  }
}

extension UserError {
  /// A file that could not be read is a wrong input, and one that could not be written is output.
  package init(_ failure: FileError) {
    self.init(failure.isOfInput ? .input : .output, "\(failure)")
  }
}

/// Why a file could not be written, with what to do about it.
package func reason(of error: any Error) -> String { FileError(.write, "", error).reason }

/// How something ended early, in 300 characters at most: the first line of what an error says.
package func firstLine(_ error: any Error) -> String {
  guard !(error is CancellationError) else { return "interrupted" }
  return firstLine("\(error)")
}

/// The first line of a text, in 300 characters at most.
package func firstLine(_ text: String) -> String {
  String(text.prefix { !$0.isNewline }.prefix(300))
}
