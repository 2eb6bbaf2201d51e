// Error of YAML reading: one sentence with file, line, key and remedy.

import Units

package struct DocumentError: Error, Equatable, Sendable, CustomStringConvertible {
  package let file: String
  /// From 1; nil if the error concerns the whole file.
  package let line: Int?
  /// Without a full stop.
  package let message: String

  /// For errors that only the caller can detect, such as two conflicting keys. ``Value/wrong(_:)``
  /// and ``Mapping/wrong(_:)`` fill in file and line.
  package init(file: String, line: Int?, message: String) {
    self.file = file
    self.line = line
    self.message = oneLine(message)
  }

  package var description: String {
    guard let line else { return "\(file): \(message)" }
    return "\(file):\(line): \(message)"
  }
}
