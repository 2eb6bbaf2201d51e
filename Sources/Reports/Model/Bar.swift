// Bars of Unicode blocks, padding and word wrap.

/// A bar with a resolution of an eighth of a column, padded with spaces to `width`.
func bar(_ share: Double, width: Int) -> String {
  guard share.isFinite, width > 0 else { return String(repeating: " ", count: max(0, width)) }
  let eighths = Int((min(1, max(0, share)) * Double(width * 8)).rounded())
  let parts: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
  var text = String(repeating: "█", count: eighths / 8)
  // A value above zero is always visible.
  if eighths == 0 && share > 0 { text.append("▏") }
  if eighths % 8 > 0 { text.append(parts[eighths % 8 - 1]) }
  return text + String(repeating: " ", count: width - text.count)
}

package func padded(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}

package func filled(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

/// Wraps at words; a longer word keeps its own line.
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
  var trimmingSpaces: String { String(drop { $0 == " " }) }

  var trimmingTrailingSpaces: String { String(reversed().drop { $0 == " " }.reversed()) }
}
