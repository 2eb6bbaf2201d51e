// A value of JSON that keeps the order of its keys: what a chart's specification is written in.

/// A JSON value, written in Swift as it is in JSON.
package enum JSON: Equatable, Sendable {
  /// A key of an object and its value.
  package struct Member: Equatable, Sendable {
    package let key: String
    package let value: JSON
  }

  /// Nothing.
  case null
  /// Yes or no.
  case bool(Bool)
  /// A number; what is not finite is written as null.
  case number(Double)
  /// A text.
  case string(String)
  /// A list.
  case array([JSON])
  /// Keys and their values, in this order.
  case object([Member])

  /// A number; null where there is none.
  init(_ value: Double?) { self = value.map(JSON.number) ?? .null }
  init(_ value: Int) { self = .number(Double(value)) }
  init(_ value: String) { self = .string(value) }

  /// The members of this object and those of another, which come last.
  package func with(_ further: JSON) -> JSON {
    guard case .object(let members) = self, case .object(let others) = further else { return self }
    let replaced = Set(others.map(\.key))
    return .object(members.filter { !replaced.contains($0.key) } + others)
  }

  /// The value of a key; nil where there is none.
  package subscript(key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// The elements of an array; none of anything else.
  package var elements: [JSON] {
    guard case .array(let elements) = self else { return [] }
    return elements
  }

  /// The number; nil of anything else.
  package var number: Double? {
    guard case .number(let value) = self else { return nil }
    return value
  }

  /// The text on one line.
  package var line: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .number(let value): Self.text(value)
    case .string(let value): Self.quoted(value)
    case .array(let values): "[" + values.map(\.line).joined(separator: ", ") + "]"
    case .object(let members):
      "{" + members.map { "\(Self.quoted($0.key)): \($0.value.line)" }.joined(separator: ", ") + "}"
    }
  }

  /// The text for people: what fits on a line of 100 columns is on one.
  package func text(indent: Int = 0) -> String {
    let line = line
    if line.count + indent <= 96 { return line }
    let inner = String(repeating: " ", count: indent + 2)
    let outer = String(repeating: " ", count: indent)
    switch self {
    case .array(let values):
      let texts = values.map { inner + $0.text(indent: indent + 2) }
      return "[\n" + texts.joined(separator: ",\n") + "\n\(outer)]"
    case .object(let members):
      let texts = members.map {
        inner + Self.quoted($0.key) + ": " + $0.value.text(indent: indent + 2)
      }
      return "{\n" + texts.joined(separator: ",\n") + "\n\(outer)}"
    default: return line
    }
  }

  private static func text(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    return Int(exactly: value).map(String.init) ?? String(value)
  }

  package static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      // A `<` could begin a tag where somebody puts a specification into a page.
      case "<": out += "\\u003c"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int) { self = .number(Double(value)) }
  package init(floatLiteral value: Double) { self = .number(value) }
  /// Yes or no.
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  /// Nothing.
  package init(nilLiteral: ()) { self = .null }
  /// Keys and their values, in this order.
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(elements.map { Member(key: $0.0, value: $0.1) })
  }
}
