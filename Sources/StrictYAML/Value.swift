// YAML value and the types it can be read as. Errors state the expected form, an example and the
// line. Suffixes of sizes, spans and counts are those of `Units`.

import Units
import Yams

/// A value with its position. Reading it as the wrong type or out of range throws a
/// ``DocumentError`` that names its key.
package struct Value {
  package let node: Node
  package let file: String
  package let path: String
  package let line: Int

  package init(node: Node, file: String, path: String, line: Int? = nil) {
    self.node = node
    self.file = file
    self.path = path
    self.line = line ?? node.mark?.line ?? 1
  }

  var isNull: Bool { StrictYAML.isNull(node) }

  /// For keys that also take a short form, such as a bare size.
  package var isMapping: Bool { node.mapping != nil }

  /// For keys that also take a single value.
  package var isList: Bool { node.sequence != nil }

  /// An error at this value: `'key'` followed by `words`.
  package func wrong(_ words: String) -> DocumentError {
    let subject = path.isEmpty ? "the document" : "'\(path)'"
    return DocumentError(file: file, line: line, message: "\(subject) \(words)")
  }

  private func scalar(_ example: String) throws(DocumentError) -> String {
    switch node {
    case .scalar(let scalar) where !isNull: return scalar.string
    case .scalar: throw wrong("is empty; write \(example)")
    case .sequence: throw wrong("is a list; write \(example)")
    default: throw wrong("is a mapping; write \(example)")
    }
  }

  private func within<T: Comparable>(
    _ value: T, _ range: ClosedRange<T>, _ show: (T) -> String
  ) throws(DocumentError) -> T {
    guard range.contains(value) else {
      throw wrong(
        "is \(show(value)); it must be from \(show(range.lowerBound)) "
          + "to \(show(range.upperBound))")
    }
    return value
  }

  /// A text that is not empty.
  package func string() throws(DocumentError) -> String {
    let text = try scalar("a text")
    guard !text.isEmpty else { throw wrong("is empty; write a text") }
    return text
  }

  /// An integer without a suffix.
  package func integer(in range: ClosedRange<Int>) throws(DocumentError) -> Int {
    let text = try scalar("a whole number")
    guard let value = Int(text.filter { $0 != "_" }) else {
      throw wrong("is '\(text)'; write a whole number")
    }
    return try within(value, range) { "\($0)" }
  }

  /// Such as `300k`.
  package func count(in range: ClosedRange<Int>) throws(DocumentError) -> Int {
    let text = try scalar("a count such as 300k")
    let parsed: Count
    do { parsed = try Count(parsing: text) } catch { throw wrong("is wrong: \(error)") }
    return try within(parsed.value, range) { "\(Count($0))" }
  }

  /// In bytes, such as `64MiB`.
  package func bytes(in range: ClosedRange<Int>) throws(DocumentError) -> Int {
    let text = try scalar("a size such as 64KiB")
    let parsed: ByteCount
    do { parsed = try ByteCount(parsing: text) } catch { throw wrong("is wrong: \(error)") }
    return try within(parsed.bytes, range) { "\(ByteCount($0))" }
  }

  /// Such as `6h`.
  package func span(in range: ClosedRange<TimeSpan>) throws(DocumentError) -> TimeSpan {
    let text = try scalar("a span of time such as 6h")
    let parsed: TimeSpan
    do { parsed = try TimeSpan(parsing: text) } catch { throw wrong("is wrong: \(error)") }
    return try within(parsed, range) { "\($0)" }
  }

  package func number(in range: ClosedRange<Double>) throws(DocumentError) -> Double {
    let text = try scalar("a number such as 0.5")
    guard let value = Double(text), value.isFinite else {
      throw wrong("is '\(text)'; write a number such as 0.5")
    }
    return try within(value, range) {
      $0 == $0.rounded() && abs($0) < 1e15 ? "\(Int($0))" : "\($0)"
    }
  }

  /// From 0 to 1.
  package func fraction() throws(DocumentError) -> Double { try number(in: 0...1) }

  /// `true` or `false` only.
  package func bool() throws(DocumentError) -> Bool {
    switch try scalar("true or false") {
    case "true": return true
    case "false": return false
    case let text: throw wrong("is '\(text)'; write true or false")
    }
  }

  package func choice(of words: [String]) throws(DocumentError) -> String {
    let known = words.map { "'\($0)'" }.joined(separator: ", ")
    let text = try scalar("one of \(known)")
    guard words.contains(text) else {
      if let near = nearest(to: text, among: words) {
        throw wrong("is '\(text)'; did you mean '\(near)'?")
      }
      throw wrong("is '\(text)'; write one of \(known)")
    }
    return text
  }

  /// A case of an enumeration, by its raw value.
  package func choice<E: RawRepresentable & CaseIterable>(
    of type: E.Type
  ) throws(DocumentError) -> E where E.RawValue == String {
    let word = try choice(of: type.allCases.map { $0.rawValue })
    guard let value = E(rawValue: word) else { throw wrong("is '\(word)', which is not known") }
    return value
  }

  /// A list with at least one element.
  package func list<T>(_ each: (Value) throws(DocumentError) -> T) throws(DocumentError) -> [T] {
    guard case .sequence(let sequence) = node else {
      throw wrong("is not a list; write it like [a, b]")
    }
    guard !sequence.isEmpty else { throw wrong("is an empty list; write at least one element") }
    var out: [T] = []
    for (position, element) in sequence.enumerated() {
      out.append(
        try each(
          Value(
            node: element, file: file, path: "\(path)[\(position)]", line: element.mark?.line)))
    }
    return out
  }

  /// A mapping; keys that `read` does not request are refused.
  package func mapping<T>(
    _ read: (Mapping) throws(DocumentError) -> T
  ) throws(DocumentError) -> T {
    let mapping = try asMapping()
    let result = try read(mapping)
    try mapping.finish()
    return result
  }

  /// A mapping with free keys, such as names with weights, in file order.
  package func entries<T>(
    _ each: (String, Value) throws(DocumentError) -> T
  ) throws(DocumentError) -> [T] {
    let mapping = try asMapping()
    var out: [T] = []
    for key in mapping.keys { out.append(try each(key, try mapping[key])) }
    return out
  }

  /// A mapping of free keys to unparsed scalars, such as server settings.
  package func texts() throws(DocumentError) -> [String: String] {
    let pairs = try entries { (key, value) throws(DocumentError) in (key, try value.string()) }
    return Dictionary(pairs) { first, _ in first }
  }

  private func asMapping() throws(DocumentError) -> Mapping {
    guard case .mapping(let pairs) = node else {
      throw wrong("is not a mapping; write 'key: value' lines")
    }
    return try Mapping(pairs, line: line, file: file, path: path)
  }
}
