// Standard output: carries results only.

import Failures
import Foundation

/// The reader of standard output closed it, as `head` does.
struct ReaderGone: Error {}

enum Output {
  static func line(_ line: String = "") throws { try text(line + "\n") }

  /// - Throws: ``ReaderGone``; ``UserError`` if the output cannot be written.
  static func text(_ text: String) throws {
    switch StandardStream.output.write(text) {
    case 0: return
    case EPIPE: throw ReaderGone()
    case let failure:
      throw UserError.output(
        "standard output cannot be written: \(String(cString: strerror(failure))); redirect it to "
          + "another file")
    }
  }
}
