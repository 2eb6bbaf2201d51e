// Changes a text as an editor, a bad disk or somebody who means ill would: at tokens, lines,
// brackets and bytes. Knows no format, and so serves them all.

import Statistics

/// Makes broken texts of good ones.
struct Mutator {
  /// Texts of the same kind, from which pieces are taken.
  let spare: [[UInt8]]

  private static let numbers = [
    "0", "-0", "-1", "1", "99999999999", "9223372036854775807", "9223372036854775808",
    "-9223372036854775808", "18446744073709551615", "1e18", "9e18", "1e308", "1e999", "-1e999",
    "1e-320", "nan", "inf", "-inf", "0.1", "0x7fff", "1_000", "١٢", "²", "1k", "9G", "8999999999G",
    "1TiB", "8191PiB", "1ms", "106751991167d", "-5h", "1e3d", "", " ", "+7",
  ]
  private static let words = [
    "true", "null", "~", "''", "\"\"", "[]", "{}", "[a, [b", "{a: {b", "- - -", "&a", "*a", "!!int",
    "|", ">", "---", "...", "%YAML 9.9", "\\", "\\u0000", "\\ud800", "\u{0}", "\u{feff}",
    "\u{202e}",
    "\u{1f4a5}", "e\u{301}", "İ", "\r", "\r\n", "\n\n", "\t", "';DROP TABLE x;--", "<script>",
    "${x}",
    "%s%n", "../../etc/passwd", "a\"b", "a'b", "a,b", "#", ":", ";", "--", "/*", "Code: 241.",
  ]

  /// A changed copy.
  func mutated(_ text: [UInt8], _ draws: inout SplitMix64) -> [UInt8] {
    var text = text
    for _ in 0..<draws.one(of: [1, 1, 1, 2, 2, 3, 5, 8]) { change(&text, &draws) }
    return text
  }

  private func change(_ text: inout [UInt8], _ draws: inout SplitMix64) {
    guard !text.isEmpty else { return text = draws.one(of: spare) }
    let place = Int.random(in: 0..<text.count, using: &draws)
    switch Int.random(in: 0..<14, using: &draws) {
    case 0: text[place] ^= 1 << UInt8.random(in: 0..<8, using: &draws)
    case 1: text[place] = UInt8.random(in: 0...255, using: &draws)
    case 2: text.removeSubrange(place..<min(text.count, place + draws.size(upTo: 4096)))
    case 3: text.removeSubrange(place...)
    case 4:
      let piece = Array(text[place..<min(text.count, place + draws.size(upTo: 256))])
      let copies = draws.size(upTo: 64)
      text.insert(contentsOf: (0..<copies).flatMap { _ in piece }, at: place)
    case 5:
      let other = draws.one(of: spare)
      guard !other.isEmpty else { return }
      let start = Int.random(in: 0..<other.count, using: &draws)
      text.insert(
        contentsOf: other[start..<min(other.count, start + draws.size(upTo: 512))], at: place)
    case 6: nest(&text, at: place, &draws)
    case 7: text.insert(contentsOf: draws.one(of: Self.words).utf8, at: place)
    case 8: lines(&text, &draws)
    default: token(&text, at: place, &draws)
    }
  }

  /// Opens many brackets, as parsers that call themselves like least.
  private func nest(_ text: inout [UInt8], at place: Int, _ draws: inout SplitMix64) {
    let opening = draws.one(of: ["[", "{\"a\":", "{a: ", "- ", "(", "\"", "? "])
    let depth = draws.size(upTo: 20_000)
    text.insert(contentsOf: (0..<depth).flatMap { _ in opening.utf8 }, at: place)
  }

  private func lines(_ text: inout [UInt8], _ draws: inout SplitMix64) {
    var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let first = Int.random(in: 0..<lines.count, using: &draws)
    let second = Int.random(in: 0..<lines.count, using: &draws)
    switch Int.random(in: 0..<3, using: &draws) {
    case 0: lines.remove(at: first)
    case 1: lines.insert(lines[first], at: second)
    default: lines.swapAt(first, second)
    }
    text = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
  }

  /// Puts another word or number in the place of the one that is there: what stays whole, and may
  /// mean something.
  private func token(_ text: inout [UInt8], at place: Int, _ draws: inout SplitMix64) {
    func isWord(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: "-"):
        true
      default: false
      }
    }
    guard let start = text[place...].firstIndex(where: isWord) else { return }
    let end = text[start...].firstIndex { !isWord($0) } ?? text.count
    let first = text[...start].lastIndex { !isWord($0) }.map { $0 + 1 } ?? 0
    let isNumber = text[first] < UInt8(ascii: "A")
    let other =
      isNumber || Bool.random(using: &draws)
      ? Array(draws.one(of: Self.numbers).utf8)
      : Bool.random(using: &draws) ? Array(draws.one(of: Self.words).utf8) : word(&draws)
    text.replaceSubrange(first..<end, with: other)
  }

  private func word(_ draws: inout SplitMix64) -> [UInt8] {
    let other = draws.one(of: spare)
    let words = other.split { $0 <= 0x2c || $0 == UInt8(ascii: ":") }
    return words.isEmpty ? [] : Array(draws.one(of: words))
  }
}
