// Files that a command writes where its user says.

import Failures
import Foundation

/// A file of a command's own.
enum OutputFile {
  /// Writes a whole file: complete under its name, or as it was.
  static func write(_ text: String, to file: String) throws {
    // The process does not end while half of it is there.
    let pending = PendingCleanup()
    defer { pending.discharge() }
    do { try Data(text.utf8).write(to: URL(fileURLWithPath: file), options: .atomic) } catch {
      throw UserError(.output, "cannot write \(file): \(reason(of: error))")
    }
  }
}
