// CSV tokenizer: splits bytes into lines of fields.

struct CSVScanner {
  private let bytes: [UInt8]
  private let file: String
  private let lastLine: CSV.LastLine
  private var position: Int
  private var nextLine = 1
  private var fieldCount = 0

  /// Line on which the last record began, from 1.
  private(set) var line = 0
  /// End of the last complete record, in bytes.
  private(set) var intactByteCount = 0

  init(_ bytes: [UInt8], file: String, lastLine: CSV.LastLine) {
    self.bytes = bytes
    self.file = file
    self.lastLine = lastLine
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// The unquoted fields of the next record; nil at the end of the file.
  mutating func next() throws(RecordError) -> [String]? {
    guard position < bytes.count else { return nil }
    line = nextLine
    var fields: [String] = []
    fields.reserveCapacity(fieldCount)
    while true {
      guard let field = try field() else { return nil }
      fields.append(field)
      if position == bytes.count {
        switch lastLine {
        case .optionalBreak: break
        case .tornIfUnbroken: return nil
        case .breakRequired:
          throw RecordError(
            "\(file), line \(line): the last line has no line break, so the file was cut; restore "
              + "it from a copy")
        }
        break
      }
      let separator = bytes[position]
      position += 1
      if separator == comma { continue }
      if separator == carriageReturn, position < bytes.count, bytes[position] == lineFeed {
        position += 1
      }
      break
    }
    nextLine += 1
    fieldCount = fields.count
    intactByteCount = position
    return fields
  }

  /// The next field, up to its separator; nil if a torn line ends inside quotes.
  private mutating func field() throws(RecordError) -> String? {
    guard position < bytes.count, bytes[position] == quote else {
      let start = position
      while position < bytes.count, !endsField(bytes[position]) {
        guard bytes[position] != quote else { throw misplacedQuote() }
        position += 1
      }
      return try text(start..<position)
    }
    return try quotedField()
  }

  private mutating func quotedField() throws(RecordError) -> String? {
    var content: [UInt8] = []
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == quote {
        guard position < bytes.count, bytes[position] == quote else {
          guard position == bytes.count || endsField(bytes[position]) else {
            throw misplacedQuote()
          }
          return try content.withUnsafeBufferPointer { bytes throws(RecordError) in
            try text(bytes)
          }
        }
        position += 1
      }
      if byte == lineFeed { nextLine += 1 }
      content.append(byte)
    }
    // No field of a run file contains a line break, so a quote that spans one is stray.
    guard lastLine != .tornIfUnbroken || content.contains(lineFeed) else { return nil }
    throw RecordError("\(file), line \(line): a quote is opened and never closed")
  }

  private func text(_ range: Range<Int>) throws(RecordError) -> String {
    guard !range.isEmpty else { return "" }
    return try bytes.withUnsafeBufferPointer { bytes throws(RecordError) in
      try text(UnsafeBufferPointer(rebasing: bytes[range]))
    }
  }

  private func text(_ field: UnsafeBufferPointer<UInt8>) throws(RecordError) -> String {
    // A torn last line may end inside a character; its end is only known later.
    let isTorn = lastLine == .tornIfUnbroken && position == bytes.count
    // Nearly every field; the standard library's validation takes three times as long.
    if field.allSatisfy({ $0 &- 1 < 0x7F }) { return String(decoding: field, as: UTF8.self) }
    guard isTorn || !field.contains(0), let text = String(validating: field, as: UTF8.self) else {
      guard isTorn else {
        throw RecordError(
          "\(file), line \(line): a field is not valid UTF-8; the file is damaged")
      }
      return ""
    }
    return text
  }

  private func endsField(_ byte: UInt8) -> Bool {
    byte == comma || byte == lineFeed || byte == carriageReturn
  }

  private func misplacedQuote() -> RecordError {
    RecordError(
      "\(file), line \(line): a quote inside a field must be doubled, and the field quoted")
  }
}

private let quote = UInt8(ascii: "\"")
private let comma = UInt8(ascii: ",")
private let lineFeed = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
