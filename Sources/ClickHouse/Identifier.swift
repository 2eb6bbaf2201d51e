// Names that go into the text of a query. A value never does: see Parameter.

/// The checked name of a database, table or column, safe in the text of a query.
public struct Identifier: Sendable, Hashable, CustomStringConvertible {
  /// As it was given.
  public let name: String

  /// Checks a name: a letter or `_`, then letters, digits and `_`, 128 at most.
  public init(_ name: String) throws(ClickHouseError) {
    let isPlain = name.utf8.enumerated().allSatisfy { position, byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "_"):
        true
      case UInt8(ascii: "0")...UInt8(ascii: "9"): position > 0
      default: false
      }
    }
    guard isPlain, (1...128).contains(name.utf8.count) else {
      throw .badIdentifier(String(name.prefix(40)))
    }
    self.name = name
  }

  /// In backquotes, so that a keyword is a name too.
  public var description: String { "`\(name)`" }
}
