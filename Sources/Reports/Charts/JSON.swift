// A JSON value that keeps the order of its keys, for chart specifications.

import Units

package enum JSON: Equatable, Sendable {
  package struct Member: Equatable, Sendable {
    package let key: String
    package let value: JSON
  }

  case null
  case bool(Bool)
  /// Infinite values and NaN are written as null.
  case number(Double)
  case string(String)
  case array([JSON])
  case object([Member])

  init(_ value: Double?) { self = value.map(JSON.number) ?? .null }
  init(_ value: Int) { self = .number(Double(value)) }
  init(_ value: String) { self = .string(value) }

  /// Appends the members of another object.
  package func with(_ further: JSON) -> JSON {
    guard case .object(let members) = self, case .object(let others) = further else { return self }
    let replaced = Set(others.map(\.key))
    return .object(members.filter { !replaced.contains($0.key) } + others)
  }

  package subscript(key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// Empty unless an array.
  package var elements: [JSON] {
    guard case .array(let elements) = self else { return [] }
    return elements
  }

  package var number: Double? {
    guard case .number(let value) = self else { return nil }
    return value
  }

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

  /// Pretty-printed: values that fit within 100 columns are on one line.
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
      // A `<` could start a tag if a specification is embedded in a page.
      case "<": out += "\\u003c"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        out += "\\u" + zeroFilled(scalar.value, 4, radix: 16)
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
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  package init(nilLiteral: ()) { self = .null }
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(elements.map { Member(key: $0.0, value: $0.1) })
  }
}
