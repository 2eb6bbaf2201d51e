// Counts in words, and texts without control characters.

import Units

/// `1 path`, `2 paths`.
package func plural(_ count: Int, _ noun: String) -> String {
  "\(Count(count)) \(noun)\(count == 1 ? "" : "s")"
}

/// A text without control characters: what a server says must not steer the terminal.
package func clean(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: { isControl($0) }) else { return text }
  return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? " " : $0 }))
}

private func isControl(_ scalar: Unicode.Scalar) -> Bool {
  scalar.properties.generalCategory == .control
}
