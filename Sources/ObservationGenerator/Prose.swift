// Text generator for the large columns: English-like prose in JSON chat messages, built word by
// word, so that it compresses like real prose mixed with JSON.

/// A text is a function of its key and its total size.
struct Prose: Sendable {
  static let shared = Prose()

  // A word of at most 14 bytes with a space after it; the last byte is the length of both.
  private let tokens: [SIMD16<UInt8>]
  private static let tokenBits: UInt64 = 12
  private static let phraseShare = 0.25

  init() {
    let words = Self.lines(PackageResources.words_txt)
    let phrases = Self.lines(PackageResources.phrases_txt)
    let wordWeights = Self.zipf(words.count, share: 1 - Self.phraseShare)
    let phraseWeights = Self.zipf(phrases.count, share: Self.phraseShare)
    let all = words + phrases
    let weights = wordWeights + phraseWeights
    let slots = 1 << Int(Self.tokenBits)
    var tokens: [SIMD16<UInt8>] = []
    tokens.reserveCapacity(slots)
    var end = 0.0
    for (word, weight) in zip(all, weights) {
      end += weight * Double(slots)
      while Double(tokens.count) + 0.5 < end { tokens.append(Self.token(word)) }
    }
    while tokens.count < slots { tokens.append(Self.token(all[0])) }
    self.tokens = tokens
  }

  // Words and phrases, most frequent first, counted in English technical documentation. The rank is
  // the weight: a change of these files changes the bytes of every dataset.
  private static func lines(_ file: [UInt8]) -> [String] {
    file.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
  }

  // Mandelbrot's form of Zipf's law.
  private static func zipf(_ count: Int, share: Double) -> [Double] {
    let weights = (0..<count).map { 1 / (Double($0) + 2.7) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum * share }
  }

  private static func token(_ word: String) -> SIMD16<UInt8> {
    let bytes = Array(word.utf8)
    precondition((1...14).contains(bytes.count), "a word of prose has at most 14 bytes")
    var token = SIMD16<UInt8>(repeating: UInt8(ascii: " "))
    for (index, byte) in bytes.enumerated() { token[index] = byte }
    token[15] = UInt8(bytes.count + 1)
    return token
  }

  /// Writes `size` bytes of prose. May write up to ``ByteBuffer/slack`` bytes beyond.
  func prose(
    _ place: UnsafeMutableRawPointer, _ size: Int, key: UInt64,
    compressibility: Compressibility = .plain
  ) {
    tokens.withUnsafeBufferPointer { tokens in
      guard let table = tokens.baseAddress else { return }
      var writer = Writer(place, size, key, table, compressibility)
      writer.prose(fours: .max)
    }
  }

  /// The beginning of a text, which only its own key determines.
  struct Prefix {
    let bytes: Int
    let key: UInt64
  }

  /// Writes the first `size` bytes of `total` bytes of chat messages: a JSON array, closed if
  /// complete. Plain prose if too short for a message. A prefix is a system message, and needs the
  /// whole text.
  func chat(
    _ place: UnsafeMutableRawPointer, _ size: Int, of total: Int, key: UInt64,
    compressibility: Compressibility = .plain, prefix: Prefix? = nil
  ) {
    if total < 96 { return prose(place, size, key: key, compressibility: compressibility) }
    tokens.withUnsafeBufferPointer { tokens in
      guard let table = tokens.baseAddress else { return }
      if let prefix, prefix.bytes < total {
        var system = Writer(place, prefix.bytes, prefix.key, table, compressibility)
        system.opening()
        var rest = Writer(
          place + prefix.bytes, size - prefix.bytes, key, table, compressibility)
        rest.turns(total: total - prefix.bytes)
      } else {
        var writer = Writer(place, size, key, table, compressibility)
        writer.chat(total: total)
      }
    }
    if size == total {
      (place + size - 3).storeBytes(of: UInt8(ascii: "\""), as: UInt8.self)
      (place + size - 2).storeBytes(of: UInt8(ascii: "}"), as: UInt8.self)
      (place + size - 1).storeBytes(of: UInt8(ascii: "]"), as: UInt8.self)
    }
  }
}

/// Up to 64 bytes that are stored whole; later writes overwrite what follows the text.
struct Piece: Sendable {
  let bytes: SIMD64<UInt8>
  let count: Int

  init(_ text: String) {
    let utf8 = Array(text.utf8)
    precondition(utf8.count <= 64, "a piece has at most 64 bytes")
    var bytes = SIMD64<UInt8>()
    for (index, byte) in utf8.enumerated() { bytes[index] = byte }
    self.bytes = bytes
    count = utf8.count
  }
}

extension Piece {
  static let opening = Piece(#"[{"role":"system","content":""#)
  static let roles = [
    Piece(#""},{"role":"user","content":""#), Piece(#""},{"role":"assistant","content":""#),
    Piece(#""},{"role":"user","name":"customer","content":""#),
    Piece(#""},{"role":"assistant","content":""#),
  ]
  static let record = Piece(#""},{"role":"tool","content":{"id":"#)
  static let score = Piece(#","score":0."#)
  static let statuses = [
    Piece(#","status":"ok","duration_ms":"#), Piece(#","status":"failed","duration_ms":"#),
    Piece(#","status":"ok","duration_ms":"#), Piece(#","status":"pending","duration_ms":"#),
  ]
  static let user = Piece(#","user":"user-"#)
  static let title = Piece(#"","title":""#)
  static let recordEnd = Piece(#""}},{"role":"assistant","content":""#)
}

private struct Writer {
  private var place: UnsafeMutableRawPointer
  private let end: UnsafeMutableRawPointer
  private var key: UInt64
  private let tokens: UnsafePointer<SIMD16<UInt8>>
  private let compressibility: Compressibility
  /// The current stock passage and its remaining steps.
  private var passage: (key: UInt64, left: Int) = (0, 0)

  init(
    _ place: UnsafeMutableRawPointer, _ size: Int, _ key: UInt64,
    _ tokens: UnsafePointer<SIMD16<UInt8>>, _ compressibility: Compressibility
  ) {
    self.compressibility = compressibility
    self.place = place
    end = place + size
    self.key = key
    self.tokens = tokens
  }

  // wyrand's sequence.
  @inline(__always)
  private mutating func next() -> UInt64 { Self.next(&key) }

  @inline(__always)
  private static func next(_ key: inout UInt64) -> UInt64 {
    key &+= 0xa076_1d64_78bd_642f
    let product = key.multipliedFullWidth(by: key ^ 0xe703_7ed1_a0b4_28db)
    return product.high ^ product.low
  }

  /// Writes four words at a time until the end, or so many times.
  @inline(__always)
  mutating func prose(fours: Int) {
    guard compressibility.isPlain else { return textured(fours: fours) }
    var left = fours
    while left > 0 && place < end {
      four(next())
      left &-= 1
    }
  }

  @inline(__always)
  private mutating func four(_ drawn: UInt64) {
    var bits = drawn
    for _ in 0..<4 {
      let token = tokens[Int(truncatingIfNeeded: bits & 0xfff)]
      place.storeBytes(of: token, as: SIMD16<UInt8>.self)
      place += Int(token[15])
      // One word in eight is followed by a full stop or a comma instead of its space.
      let mark = (bits >> 12) & 15
      let byte: UInt16 = mark == 0 ? 0x202e : mark == 1 ? 0x202c : 0x2020
      (place - 1).storeBytes(of: byte.littleEndian, as: UInt16.self)
      place += mark < 2 ? 1 : 0
      bits >>= 16
    }
  }

  /// The same, with some steps from stock passages or of random characters.
  private mutating func textured(fours: Int) {
    var left = fours
    while left > 0 && place < end {
      if passage.left > 0 {
        passage.left &-= 1
        four(Self.next(&passage.key))
      } else {
        let dice = next()
        let share = dice & 0xffff
        if share < compressibility.noise {
          noise(dice)
        } else if share < compressibility.stock {
          passage = (Compressibility.passage((dice >> 16) & 63), 4)
        } else {
          four(next())
        }
      }
      left &-= 1
    }
  }

  /// 24 random letters and digits.
  private mutating func noise(_ first: UInt64) {
    var bits = first
    for position in 0..<24 {
      if position & 7 == 0 { bits = next() }
      let digit = UInt8(truncatingIfNeeded: bits & 63)
      // The 64 characters from '0' on contain no quote; the backslash is skipped.
      let byte = digit &+ 0x30
      place.storeBytes(of: byte == 0x5c ? 0x7a : byte, toByteOffset: position, as: UInt8.self)
      bits >>= 8
    }
    (place + 24).storeBytes(of: UInt8(ascii: " "), as: UInt8.self)
    place += 25
  }

  @inline(__always)
  private mutating func put(_ piece: Piece) {
    place.storeBytes(of: piece.bytes, as: SIMD64<UInt8>.self)
    place += piece.count
  }

  private mutating func put(decimal number: UInt64, digits: Int) {
    var rest = number
    for position in stride(from: digits - 1, through: 0, by: -1) {
      let digit = UInt8(truncatingIfNeeded: rest % 10)
      place.storeBytes(of: UInt8(ascii: "0") + digit, toByteOffset: position, as: UInt8.self)
      rest /= 10
    }
    place += digits
  }

  /// A system message without its end.
  mutating func opening() {
    put(.opening)
    prose(fours: .max)
  }

  /// The end of a message and further ones; the end of its text if too short for another message.
  mutating func turns(total: Int) {
    guard total >= 96 else { return prose(fours: .max) }
    put(Piece.roles[0])
    messages(until: place + total - Piece.roles[0].count)
  }

  mutating func chat(total: Int) {
    let whole = place + total
    put(.opening)
    messages(until: whole)
  }

  private mutating func messages(until whole: UnsafeMutableRawPointer) {
    // The text ends in prose, so that the closing brackets always follow a string. One step writes
    // less than this, and less than the slack of a buffer.
    let stretch = 384
    while place < end {
      let bits = next()
      prose(fours: 10 + Int(truncatingIfNeeded: bits & 15))
      if whole - place < stretch { break }
      if bits >> 60 < 2 {
        record()
      } else {
        put(Piece.roles[Int(truncatingIfNeeded: (bits >> 32) & 3)])
      }
    }
    prose(fours: .max)
  }

  private mutating func record() {
    let bits = next()
    put(.record)
    put(decimal: 1_000_000_000_000 + (bits >> 24), digits: 13)
    put(.score)
    put(decimal: bits & 0x1fff, digits: 4)
    put(Piece.statuses[Int(truncatingIfNeeded: (bits >> 13) & 3)])
    put(decimal: 10_000 + ((bits >> 16) & 0xffff), digits: 5)
    put(.user)
    put(decimal: bits >> 48, digits: 5)
    put(.title)
    prose(fours: 1)
    put(.recordEnd)
  }
}
