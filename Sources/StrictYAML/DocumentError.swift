// The one error of this room: a sentence that names file, line, key and remedy.
//
// It holds no YAML and no reading; every reader of a document throws nothing else.

import Units

/// What is wrong with a document, where, and what to write instead.
package struct DocumentError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file as the caller named it.
  package let file: String
  /// The line, counted from 1, or `nil` where the file as a whole is wrong.
  package let line: Int?
  /// One sentence without a full stop.
  package let message: String

  /// Makes an error. A caller uses it for what only it can know, such as two keys that disagree;
  /// ``Value/wrong(_:)`` and ``Mapping/wrong(_:)`` fill in file and line.
  package init(file: String, line: Int?, message: String) {
    self.file = file
    self.line = line
    self.message = oneLine(message)
  }

  /// `datasets/x.yaml:12: unknown key 'versons'; did you mean 'versions'?`
  package var description: String {
    guard let line else { return "\(file): \(message)" }
    return "\(file):\(line): \(message)"
  }
}
