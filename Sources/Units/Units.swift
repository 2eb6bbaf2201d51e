// Sizes, time spans and counts: parsing and printing of `1GiB`, `6h`, `10k`. Every command-line
// option and YAML value goes through here, so a suffix means the same everywhere.

/// A text that is not a size, time span or count. The description names the text and a correct
/// example, without a full stop.
package struct UnitError: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ sentence: String) { description = oneLine(sentence) }
}

/// A number of bytes. Written with `B`, `kB`, `MB`, `GB`, `TB` (powers of 1,000), `KiB`, `MiB`,
/// `GiB`, `TiB` (powers of 1,024), or with no suffix.
package struct ByteCount: Hashable, Comparable, Sendable, Codable {
  package let bytes: Int

  package init(_ bytes: Int) { self.bytes = bytes }

  /// Reads a size such as `1GiB`, `1.5 MB` or `4096`.
  package init(parsing text: String) throws(UnitError) {
    let scales = [
      ("KiB", 1024.0), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776),
      ("kB", 1e3), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1),
    ]
    bytes = try scaled(text, scales, what: "a size", example: "64MiB")
  }

  package static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }
}

extension ByteCount: CustomStringConvertible {
  /// Three significant digits in powers of 1,024: `1.36 GiB`.
  package var description: String {
    var value = Double(bytes)
    for suffix in ["B", "KiB", "MiB", "GiB"] {
      if abs(value) < 999.5 { return "\(significant(value)) \(suffix)" }
      value /= 1024
    }
    return "\(significant(value)) TiB"
  }
}

/// A time span in whole milliseconds. Written with `ms`, `s`, `m` or `min`, `h`, `d`; a bare number
/// is refused.
package struct TimeSpan: Hashable, Comparable, Sendable, Codable {
  package let milliseconds: Int

  package init(milliseconds: Int) { self.milliseconds = milliseconds }

  /// Reads a span such as `20m`, `1h` or `30d`.
  package init(parsing text: String) throws(UnitError) {
    let scales = [
      ("ms", 1.0), ("min", 60e3), ("s", 1e3), ("m", 60e3), ("h", 3_600e3), ("d", 86_400e3),
    ]
    guard text.last?.isLetter == true else {
      throw UnitError("'\(text)' is not a span of time; write it like 20m, 6h or 30d")
    }
    milliseconds = try scaled(text, scales, what: "a span of time", example: "6h")
    guard milliseconds <= Self.longest.milliseconds else {
      throw UnitError("'\(text)' is too long for a span of time; write at most \(Self.longest)")
    }
  }

  package static func < (left: TimeSpan, right: TimeSpan) -> Bool {
    left.milliseconds < right.milliseconds
  }
}

extension TimeSpan: CustomStringConvertible {
  /// In the largest unit that divides it: `30d`, `36h`, `90s`, `1500ms`.
  package var description: String {
    for (suffix, scale) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)]
    where milliseconds != 0 && milliseconds.isMultiple(of: scale) {
      return "\(milliseconds / scale)\(suffix)"
    }
    return "\(milliseconds)ms"
  }
}

/// A count. Written with `k`, `M` or `G` (powers of 1,000), or with no suffix.
package struct Count: Hashable, Comparable, Sendable, Codable {
  package let value: Int

  package init(_ value: Int) { self.value = value }

  /// Reads a count such as `300k` or `40M`.
  package init(parsing text: String) throws(UnitError) {
    value = try scaled(
      text, [("k", 1e3), ("K", 1e3), ("M", 1e6), ("G", 1e9)], what: "a count", example: "300k")
  }

  package static func < (left: Count, right: Count) -> Bool { left.value < right.value }
}

extension Count: CustomStringConvertible {
  /// Digits in groups of three: `1,234,567`.
  package var description: String {
    let digits = String(value.magnitude)
    var out = ""
    for (position, digit) in digits.enumerated() {
      if position > 0 && (digits.count - position).isMultiple(of: 3) { out.append(",") }
      out.append(digit)
    }
    return value < 0 ? "-" + out : out
  }
}

/// Three significant digits, without an exponent below 10 million: `0.738`, `12.3`, `456`.
package func significant(_ value: Double) -> String {
  guard value.isFinite else { return "\(value)" }
  let size = abs(value)
  let decimals = size >= 99.95 || size == 0 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3
  return fixed(value, decimals)
}

/// Rounds half away from zero.
package func fixed(_ value: Double, _ decimals: Int) -> String {
  let scale = (0..<decimals).reduce(1.0) { product, _ in product * 10 }
  let units = (abs(value) * scale).rounded(.toNearestOrAwayFromZero)
  guard units < 9e18 else { return "\(value)" }
  let padded = zeroFilled(UInt64(units), decimals + 1)
  let sign = value < 0 && units > 0 ? "-" : ""
  guard decimals > 0 else { return sign + padded }
  return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
}

/// Digits of a number that is not negative, with leading zeros up to a count.
package func zeroFilled(_ number: some BinaryInteger, _ count: Int, radix: Int = 10) -> String {
  let digits = String(number, radix: radix)
  return String(repeating: "0", count: max(0, count - digits.count)) + digits
}

/// A percentage, with one decimal below ten unless it is 0: `31 %`, `5 %`, `0.4 %`.
package func percent(_ share: Double) -> String {
  guard share.isFinite else { return "\(share)" }
  let text = fixed(share * 100, abs(share) < 0.0995 ? 1 : 0)
  return (text.hasSuffix(".0") ? String(text.dropLast(2)) : text) + " %"
}

/// Rounds to the nearest integer, clamped to the range of Int; 0 for NaN.
package func whole(_ value: Double) -> Int {
  guard !value.isNaN else { return 0 }
  return Int(exactly: value.rounded()) ?? (value < 0 ? -Int.max : Int.max)
}

/// A sentence as one line of bounded length, because it may quote arbitrary input.
package func oneLine(_ sentence: String) -> String {
  let (first, last) = (400, 200)
  let isLong = sentence.utf8.count > first + last && sentence.count > first + last
  let text =
    isLong ? "\(sentence.prefix(first)) … \(sentence.suffix(last))" : sentence
  guard text.unicodeScalars.contains(where: { isControl($0) }) else { return text }
  return String(
    String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{fffd}" : $0 }))
}

private func isControl(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .lineSeparator, .paragraphSeparator: true
  default: false
  }
}

private func scaled(
  _ text: String, _ scales: [(suffix: String, factor: Double)], what: String, example: String
) throws(UnitError) -> Int {
  let trimmed = text.filter { $0 != " " && $0 != "_" }
  let scale = scales.first { trimmed.hasSuffix($0.suffix) }
  let number = trimmed.dropLast(scale?.suffix.count ?? 0)
  guard number.first?.isNumber == true, let value = Double(number), value.isFinite else {
    throw UnitError("'\(text)' is not \(what); write it like \(example)")
  }
  let product = value * (scale?.factor ?? 1)
  guard product < 9e18 else {
    throw UnitError("'\(text)' is too large for \(what)")
  }
  guard product == product.rounded() else {
    throw UnitError("'\(text)' is not a whole number; write it like \(example)")
  }
  return Int(product)
}
