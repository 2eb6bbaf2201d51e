// Head and body of a catalogue file: comment lines `-- key: text`, then SQL.

struct HeadedFile {
  private(set) var header: [String: String] = [:]
  /// Without surrounding white space.
  let body: String
  /// From 1.
  private(set) var bodyLine = 1

  init(_ text: String) {
    var lines: [Substring] = []
    // Swift treats CR LF as one character.
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
  package var trimmed: String {
    var rest = self[...]
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
