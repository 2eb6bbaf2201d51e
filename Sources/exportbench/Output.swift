// Standard output: results, and nothing else.

import Failures
import Foundation

/// The reader of standard output has closed it, as `head` does when it has enough.
struct ReaderGone: Error {}

/// Standard output.
enum Output {
  /// Writes a line.
  ///
  /// - Throws: as ``text(_:)``.
  static func line(_ line: String = "") throws { try text(line + "\n") }

  /// Writes a text as it is.
  ///
  /// - Throws: ``ReaderGone``; ``UserError`` for an output that cannot be written.
  static func text(_ text: String) throws {
    switch StandardStream.output.write(text) {
    case 0: return
    case EPIPE: throw ReaderGone()
    case let failure:
      throw UserError(
        .output,
        "standard output cannot be written: \(String(cString: strerror(failure))); redirect it to "
          + "another place")
    }
  }
}
