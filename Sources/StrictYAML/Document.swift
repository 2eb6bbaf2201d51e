// A YAML text as a tree of typed values: the way in for datasets and benchmarks.
//
// It reads text that it is given and touches no file. It knows no key: what a document may hold is
// said by the code that reads it, see `Mapping`.

import Yams

/// The reading of one YAML document.
package enum Document {
  /// The largest text that is read: a description is written by hand, so a larger one is a mistake.
  package static let sizeMax = 1 << 20

  /// Reads a text whose root is a mapping.
  ///
  /// - Parameters:
  ///   - text: one YAML document, at most ``sizeMax`` bytes, without anchors and aliases.
  ///   - file: how errors name it.
  ///   - read: asks the mapping for every key that it knows; keys not asked for are refused after.
  /// - Returns: what `read` made.
  /// - Throws: ``DocumentError``, also for whatever YAML itself does not allow.
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
      // Not `Yams.compose`, which ends the process over bytes that libyaml hands back broken.
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

  // An alias can stand for a tree that holds the same alias many times over, and a few lines then
  // unfold to gigabytes. No document of ours needs one, and a rule that knows no quotes cannot be
  // talked around; a line of comment may say what it likes.
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
          message: "anchors and aliases ('\(Character(Unicode.Scalar(mark)))') are not read here; "
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
