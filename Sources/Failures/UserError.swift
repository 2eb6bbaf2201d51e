// Errors that stop a run. A failed attempt is not such an error; it is a record.

import Files
import Foundation

/// A reason why the command cannot continue. The description is one sentence with a remedy.
package struct UserError: Error, CustomStringConvertible, Sendable {
  /// Who has to fix it. Each kind has an exit code.
  package enum Kind: Sendable {
    /// The request is invalid.
    case usage
    /// A file that the user named is unreadable or does not fit the others.
    case input
    /// The server is unusable or lacks expected data.
    case server
    /// The output cannot be written.
    case output
  }

  package let kind: Kind
  package let description: String

  package init(_ kind: Kind, _ sentence: String) {
    self.kind = kind
    description = sentence
  }
}

extension UserError {
  package static func usage(_ sentence: String) -> UserError { UserError(.usage, sentence) }
  package static func input(_ sentence: String) -> UserError { UserError(.input, sentence) }
  package static func server(_ sentence: String) -> UserError { UserError(.server, sentence) }
  package static func output(_ sentence: String) -> UserError { UserError(.output, sentence) }

  /// A read failure is invalid input; a write failure is an output failure.
  package init(_ failure: FileError) {
    self.init(failure.isOfInput ? .input : .output, "\(failure)")
  }
}

/// Cause and remedy of a failed write.
package func reason(of error: any Error) -> String { FileError(.write, "", error).reason }

/// The first line of an error's description, at most 300 characters.
package func firstLine(_ error: any Error) -> String {
  guard !(error is CancellationError) else { return "interrupted" }
  return firstLine("\(error)")
}

/// The first line of a text, at most 300 characters.
package func firstLine(_ text: String) -> String {
  String(text.prefix { !$0.isNewline }.prefix(300))
}
