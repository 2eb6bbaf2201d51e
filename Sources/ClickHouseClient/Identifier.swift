// Quotes names for SQL text. Values never enter the text: see Parameter.

/// A validated name of a database, table, column or user, safe in SQL text.
package struct Identifier: Sendable, Hashable, CustomStringConvertible {
  package let name: String

  /// In UTF-8: the longest file name, which a table name becomes.
  package static let bytesMax = 255

  /// Accepts what ClickHouse accepts in backquotes, except control characters, which would break
  /// output lines.
  ///
  /// - Throws: ``ClickHouseError/badIdentifier(_:)``.
  package init(_ name: String) throws(ClickHouseError) {
    guard Self.isName(name) else { throw .badIdentifier(Self.shown(name)) }
    self.name = name
  }

  package var description: String { Self.quoted(name) }

  /// Any name in backquotes.
  package static func quoted(_ name: String) -> String { "`\(escaped(name, quote: "`"))`" }

  /// Any text as a string literal, for syntax that takes neither a parameter nor a name.
  package static func literal(_ text: String) -> String { "'\(escaped(text, quote: "'"))'" }

  package static func isName(_ name: String) -> Bool {
    (1...bytesMax).contains(name.utf8.count)
      && !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
  }

  /// The beginning of a text, with control characters escaped.
  package static func shown(_ text: String) -> String {
    escaped(String(text.prefix(40)), quote: nil)
  }

  private static func escaped(_ text: String, quote: Unicode.Scalar?) -> String {
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\0": out.append(contentsOf: "\\0".unicodeScalars)
      case "\n": out.append(contentsOf: "\\n".unicodeScalars)
      case "\r": out.append(contentsOf: "\\r".unicodeScalars)
      case "\t": out.append(contentsOf: "\\t".unicodeScalars)
      case "\\" where quote != nil: out.append(contentsOf: "\\\\".unicodeScalars)
      case quote: out.append(contentsOf: ["\\", scalar])
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        let digits = String(scalar.value, radix: 16)
        out.append(contentsOf: "\\x\(digits.count < 2 ? "0" : "")\(digits)".unicodeScalars)
      default: out.append(scalar)
      }
    }
    return String(out)
  }
}
