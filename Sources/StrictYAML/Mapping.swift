// YAML mapping, read key by key. It records the requested keys, so that the reading code is the
// only list of known keys: any other key is an error.

import Yams

/// The keys of one mapping. Reading code looks like a declaration:
///
///     try Document.read(text, file: file) { (root) throws(DocumentError) in
///       seed = try root.given("seed")?.integer(in: 0...Int.max) ?? 1
///       observations = try root["observations"].count(in: 1...1_000_000)
///     }
package final class Mapping {
  /// From 1.
  package let line: Int
  /// In file order.
  package let keys: [String]
  private let values: [String: Value]
  private let lines: [String: Int]
  private let file: String
  private let path: String
  private var asked: [String] = []
  /// Former names of keys: they are read, and no error suggests them.
  private var renamed: Set<String> = []

  package init(_ pairs: Node.Mapping, line: Int, file: String, path: String) throws(DocumentError) {
    self.line = line
    self.file = file
    self.path = path
    var keys: [String] = []
    var values: [String: Value] = [:]
    var lines: [String: Int] = [:]
    for (key, node) in pairs {
      let keyLine = key.mark?.line ?? line
      guard case .scalar(let scalar) = key else {
        throw DocumentError(
          file: file, line: keyLine, message: "a key must be a word, not a list or a mapping")
      }
      let full = path.isEmpty ? scalar.string : "\(path).\(scalar.string)"
      keys.append(scalar.string)
      values[scalar.string] = Value(node: node, file: file, path: full, line: keyLine)
      lines[scalar.string] = keyLine
    }
    self.keys = keys
    self.values = values
    self.lines = lines
  }

  /// The value of a required key.
  package subscript(key: String) -> Value {
    get throws(DocumentError) {
      guard let value = given(key) else {
        throw missing(key)
      }
      return value
    }
  }

  /// The value of an optional key; nil if it is missing or has no value.
  package func given(_ key: String) -> Value? {
    asked.append(key)
    return values[key].flatMap { $0.isNull ? nil : $0 }
  }

  /// The value of a key that may be left out, which older files have under a former name.
  ///
  /// - Throws: ``DocumentError`` where both names are there.
  package func given(_ key: String, formerly former: String) throws(DocumentError) -> Value? {
    renamed.insert(former)
    guard let old = values[former], keys.contains(former) else { return given(key) }
    guard !keys.contains(key) else {
      throw old.wrong("is the former name of '\(key)', which the file has too; keep one of the two")
    }
    asked.append(key)
    return old.isNull ? nil : old
  }

  /// An error of the mapping as a whole, such as two keys that exclude each other.
  package func wrong(_ message: String) -> DocumentError {
    DocumentError(file: file, line: line, message: message)
  }

  /// The line of an existing key, counted from 1.
  func line(of key: String) -> Int { lines[key] ?? line }

  /// Accepts unknown keys: for a partial read of a document.
  func ignoreOtherKeys() { asked += keys }

  package func finish() throws(DocumentError) {
    guard let unknown = keys.first(where: { !asked.contains($0) && !renamed.contains($0) }) else {
      return
    }
    let place = path.isEmpty ? "" : " in '\(path)'"
    var message = "unknown key '\(unknown)'\(place); "
    if let near = nearest(to: unknown, among: asked) {
      message += "did you mean '\(near)'?"
    } else {
      message += "known are " + asked.map { "'\($0)'" }.joined(separator: ", ")
    }
    throw DocumentError(file: file, line: lines[unknown], message: message)
  }

  // A misspelt key is also a missing one; report the misspelling, which is the cause.
  private func missing(_ key: String) -> DocumentError {
    let full = path.isEmpty ? key : "\(path).\(key)"
    let others = keys.filter { !asked.contains($0) }
    guard let near = nearest(to: key, among: others) else {
      return DocumentError(file: file, line: line, message: "'\(full)' is missing; add it")
    }
    return DocumentError(
      file: file, line: lines[near], message: "unknown key '\(near)'; did you mean '\(key)'?")
  }
}

/// The candidate with the smallest edit distance, if it is small for a word of that length.
package func nearest(to word: String, among candidates: [String]) -> String? {
  let scored = candidates.map { (edits(word, $0), $0) }
  guard let best = scored.min(by: { $0.0 < $1.0 }) else { return nil }
  return best.0 <= max(1, min(word.utf8.count, 12) / 3) ? best.1 : nil
}

/// Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours.
/// `Int.max` for words longer than 64 bytes.
private func edits(_ left: String, _ right: String) -> Int {
  let a = Array(left.utf8)
  let b = Array(right.utf8)
  guard a.count <= 64, b.count <= 64 else { return Int.max }
  var rows = [Array(0...b.count)]
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var best = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        best = min(best, rows[i - 1][j - 1] + 1)
      }
      row.append(best)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
