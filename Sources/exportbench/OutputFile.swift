// Writes files given by the user.

import Failures
import Foundation

enum OutputFile {
  /// Writes atomically: after a failure the old file is unchanged.
  static func write(_ text: String, to file: String) throws {
    // Delays the end of the process until the file is complete.
    let pending = PendingCleanup()
    defer { pending.discharge() }
    do { try Data(text.utf8).write(to: URL(fileURLWithPath: file), options: .atomic) } catch {
      throw UserError.output("cannot write \(file): \(reason(of: error))")
    }
  }
}
