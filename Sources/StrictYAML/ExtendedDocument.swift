// A YAML text that may take keys from another file: the key `extends`.
//
// The result is one text, so that what is read is what is recorded. Keys are replaced at the top
// level only, and as a whole: their lines are left out of the text that is extended.

import Yams

/// A document with the keys of the files that it extends.
package struct ExtendedDocument: Sendable {
  /// The name of the file that was asked for, as errors have it.
  package let name: String
  /// The effective text: that of the file, without `extends`, and then the keys that only the files
  /// it extends have.
  package let text: String
  /// Where each line of the text comes from.
  private let origins: [Line]

  private struct Line {
    let text: Substring
    let file: String
    let number: Int
  }

  /// How many files may follow each other.
  package static let filesMax = 4

  /// Resolves a text.
  ///
  /// - Parameters:
  ///   - text: one YAML document.
  ///   - name: the file's name. Files that it extends are in the same folder.
  ///   - read: the text of the file of a name, such as `folder/base.yaml`.
  /// - Throws: ``DocumentError`` that names the file with the fault.
  package init(
    _ text: String, name: String, read: (String) throws -> String
  ) throws(DocumentError) {
    self.name = name
    let folder = name.lastIndex(of: "/").map { String(name[...$0]) } ?? ""
    var lines = Self.lines(of: text, name)
    var chain = [String(name.dropFirst(folder.count))]
    // A file that is no YAML, or extends nothing, is left to its reader as it is.
    guard var base = try Self.base(in: lines) else {
      (self.text, origins) = (text, [])
      return
    }
    while true {
      guard !base.file.isEmpty, !base.file.contains("/") else {
        throw base.wrong("is '\(base.file)'; write the name of a file of the same folder")
      }
      guard !chain.contains(base.file) else {
        let circle = (chain + [base.file]).joined(separator: " → ")
        throw base.wrong("goes in a circle: \(circle); remove one of them")
      }
      chain.append(base.file)
      guard chain.count <= Self.filesMax else {
        throw base.wrong(
          "makes a chain of more than \(Self.filesMax) files (\(chain.joined(separator: " → "))); "
            + "extend one of the last")
      }
      let baseName = folder + base.file
      let baseText: String
      do { baseText = try read(baseName) } catch {
        throw base.wrong("names a file that cannot be read: \(error)")
      }
      let below = Self.lines(of: baseText, baseName)
      let next = try Self.base(in: below)
      lines = try Self.merged(lines, over: below)
      guard let next else { break }
      base = next
    }
    self.text = lines.map { $0.text + "\n" }.joined()
    origins = lines
  }

  /// An error of the effective text, with the file and line that it comes from.
  package func located(_ error: DocumentError) -> DocumentError {
    guard let line = error.line, origins.indices.contains(line - 1) else { return error }
    let origin = origins[line - 1]
    return DocumentError(file: origin.file, line: origin.number, message: error.message)
  }
}

extension ExtendedDocument {
  /// What a file extends, and the line of that key.
  private struct Base {
    let file: String
    let owner: String
    let line: Int

    func wrong(_ words: String) -> DocumentError {
      DocumentError(file: owner, line: line, message: "'extends' \(words)")
    }
  }

  /// A key of the top level with the comment right above it.
  private struct Block {
    let key: String
    /// Where its lines and those of its comment are, from 0.
    let lines: Range<Int>
    /// The line of the key itself.
    let start: Int
  }

  private static func lines(of text: String, _ file: String) -> [Line] {
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.enumerated().map { Line(text: $1, file: file, number: $0 + 1) }
  }

  /// Nil of a file that extends nothing.
  private static func base(in lines: [Line]) throws(DocumentError) -> Base? {
    guard let first = lines.first, lines.contains(where: { $0.text.contains("extends") }) else {
      return nil
    }
    let text = lines.map(\.text).joined(separator: "\n")
    return try Document.read(text, file: first.file) { root throws(DocumentError) in
      root.ignoreOtherKeys()
      guard root.keys.contains("extends") else { return nil }
      guard let value = root.given("extends") else {
        throw root.wrong("'extends' is empty; write the name of a file of the same folder")
      }
      return Base(file: try value.string(), owner: first.file, line: value.line)
    }
  }

  /// The lines of a file without `extends`, and of the keys of another that it does not have.
  private static func merged(
    _ lines: [Line], over base: [Line]
  ) throws(DocumentError) -> [Line] {
    let own = try blocks(of: lines)
    let known = Set(own.map(\.key))
    let kept = own.flatMap {
      lines[$0.key == "extends" ? $0.lines.lowerBound..<$0.start : $0.lines]
    }
    let added = try blocks(of: base).filter { !known.contains($0.key) && $0.key != "extends" }
      .flatMap { base[$0.lines] }
    return lines[..<(own.first?.lines.lowerBound ?? 0)] + kept + added
  }

  private static func blocks(of lines: [Line]) throws(DocumentError) -> [Block] {
    guard let first = lines.first else { return [] }
    let text = lines.map(\.text).joined(separator: "\n")
    let keys = try Document.read(text, file: first.file) { root throws(DocumentError) in
      root.ignoreOtherKeys()
      return root.keys.map { (name: $0, line: root.line(of: $0)) }
    }
    for key in keys {
      let line = lines[key.line - 1]
      guard [key.name, "'", "\""].contains(where: line.text.hasPrefix) else {
        throw DocumentError(
          file: line.file, line: line.number,
          message: "'extends' joins files line by line; write the key '\(key.name)' at the "
            + "beginning of a line")
      }
    }
    let starts = keys.enumerated().map { place, key in
      var start = key.line - 1
      let end = place == 0 ? 0 : keys[place - 1].line
      while start > end, lines[start - 1].text.hasPrefix("#") { start -= 1 }
      return start
    }
    return keys.indices.map { place in
      let end = place + 1 < starts.count ? starts[place + 1] : lines.count
      return Block(key: keys[place].name, lines: starts[place]..<end, start: keys[place].line - 1)
    }
  }
}
