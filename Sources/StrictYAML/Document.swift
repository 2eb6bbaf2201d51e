// YAML reader: parses a text into typed values. Touches no file; the calling code defines the known
// keys, see `Mapping`.

import Yams

package enum Document {
  /// Descriptions are written by hand, so a larger text is a mistake.
  package static let sizeMax = 1 << 20

  /// Reads a text whose root is a mapping.
  ///
  /// - Parameters:
  ///   - text: one YAML document, at most ``sizeMax`` bytes, without anchors and aliases.
  ///   - file: its name in errors.
  ///   - read: requests every known key; any other key is refused afterwards.
  /// - Throws: ``DocumentError``, also for invalid YAML.
  package static func read<T>(
    _ text: String, file: String, _ read: (Mapping) throws(DocumentError) -> T
  ) throws(DocumentError) -> T {
    guard text.utf8.count <= sizeMax else {
      throw DocumentError(
        file: file, line: nil,
        message: "the file is larger than 1 MiB, which no description needs; is it the right one?")
    }
    try refuseAliases(text, file: file)
    guard let node = try compose(text, file: file), !isNull(node) else {
      throw DocumentError(
        file: file, line: nil, message: "the file is empty; write 'key: value' lines")
    }
    return try Value(node: node, file: file, path: "").mapping(read)
  }

  private static func compose(_ text: String, file: String) throws(DocumentError) -> Node? {
    do {
      // Not `Yams.compose`: it traps on invalid UTF-8 from libyaml.
      return try Parser(yaml: text, encoding: .utf8).singleRoot()
    } catch let error as YamlError {
      throw sentence(error, file: file)
    } catch {
      throw DocumentError(file: file, line: nil, message: "the file is not YAML: \(error)")
    }
  }

  private static func sentence(_ error: YamlError, file: String) -> DocumentError {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return DocumentError(
        file: file, line: mark.line, message: "this is not YAML: \(problem)")
    case .duplicatedKeysInMapping(let keys, let context):
      return DocumentError(
        file: file, line: context.mark.line,
        message: "'\(keys.first ?? "?")' is given twice; keep one of the two")
    default:
      return DocumentError(
        file: file, line: nil, message: "the file is not YAML text in UTF-8; save it again as such")
    }
  }

  // Nested aliases expand a few lines to gigabytes, and no document needs them. The check ignores
  // quoting so that no quoting trick bypasses it; comment lines are exempt.
  private static func refuseAliases(_ text: String, file: String) throws(DocumentError) {
    var line = 1
    var isComment = false
    var atLineStart = true
    var previous = UInt8(ascii: "\n")
    var indicator: UInt8?
    for byte in text.utf8 {
      if let mark = indicator, isNameByte(byte) {
        throw DocumentError(
          file: file, line: line,
          message: "anchors and aliases ('\(Character(Unicode.Scalar(mark)))') are not supported; "
            + "write the value out")
      }
      let opens = (byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*")) && !isComment
      indicator = opens && !isNameByte(previous) ? byte : nil
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
        if byte == UInt8(ascii: "\n") { line += 1 }
        isComment = false
        atLineStart = true
      } else if atLineStart && byte != UInt8(ascii: " ") {
        isComment = byte == UInt8(ascii: "#")
        atLineStart = false
      }
      previous = byte
    }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"), 0x80...:
      return true
    default: return false
    }
  }
}

func isNull(_ node: Node) -> Bool {
  guard case .scalar(let scalar) = node else { return false }
  return scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
}
