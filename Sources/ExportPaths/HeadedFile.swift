// The form that the `.sql` files of the catalogue share: comment lines `-- key: text` at the head,
// then SQL.

/// A file's head and body.
struct HeadedFile {
  /// What the head says, by key.
  private(set) var header: [String: String] = [:]
  /// Everything after the head, without white space around it.
  package let body: String
  /// The number of the body's first line, from 1.
  private(set) var bodyLine = 1

  init(_ text: String) {
    var lines: [Substring] = []
    // Editors of another system end lines with two characters, which Swift takes for one.
    let all = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    for (place, line) in all.enumerated() {
      if lines.isEmpty, line.hasPrefix("--") {
        let parts = line.dropFirst(2).split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { continue }
        header[parts[0].trimmed] = parts[1].trimmed
      } else if !(lines.isEmpty && line.trimmed.isEmpty) {
        if lines.isEmpty { bodyLine = place + 1 }
        lines.append(line)
      }
    }
    body = lines.joined(separator: "\n").trimmed
  }
}

extension StringProtocol {
  /// Without white space at both ends.
  package var trimmed: String {
    var rest = self[...]
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
