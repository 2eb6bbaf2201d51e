// Bars of Unicode blocks, and columns that line up.

/// A bar of at most `width` columns, to an eighth of a column, padded with spaces to the full
/// width.
func bar(_ share: Double, width: Int) -> String {
  guard share.isFinite, width > 0 else { return String(repeating: " ", count: max(0, width)) }
  let eighths = Int((min(1, max(0, share)) * Double(width * 8)).rounded())
  let parts: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
  var text = String(repeating: "█", count: eighths / 8)
  // Something must show of what is more than nothing.
  if eighths == 0 && share > 0 { text.append("▏") }
  if eighths % 8 > 0 { text.append(parts[eighths % 8 - 1]) }
  return text + String(repeating: " ", count: width - text.count)
}

/// A text filled up with spaces on the left.
package func padded(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}

/// A text filled up with spaces on the right.
package func filled(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

/// Cuts a text into lines of at most `width` columns between its words; a longer word keeps its
/// line.
func wrapped(_ text: String, _ width: Int) -> [String] {
  var lines: [String] = []
  for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
    if let last = lines.last, last.count + 1 + word.count <= width {
      lines[lines.count - 1] = last + " " + word
    } else {
      lines.append(String(word))
    }
  }
  return lines
}

extension String {
  /// The text without the spaces that it begins with.
  var trimmingSpaces: String { String(drop { $0 == " " }) }

  /// The text without the spaces that it ends in.
  var trimmingTrailingSpaces: String { String(reversed().drop { $0 == " " }.reversed()) }
}
