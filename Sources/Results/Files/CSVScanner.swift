// Cuts the bytes of a CSV file into lines of fields. Knows nothing of columns or records.

struct CSVScanner {
  private let bytes: [UInt8]
  private let file: String
  private let lastLine: CSV.LastLine
  private var position: Int
  private var nextLine = 1
  private var fieldCount = 0

  /// The number of the line that the last record began on, from 1.
  private(set) var line = 0
  /// Where the last whole record ended.
  private(set) var intactByteCount = 0

  init(_ bytes: [UInt8], file: String, lastLine: CSV.LastLine) {
    self.bytes = bytes
    self.file = file
    self.lastLine = lastLine
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// The fields of the next record, without their quotes; nil at the end of the file.
  mutating func next() throws(ResultsError) -> [String]? {
    guard position < bytes.count else { return nil }
    line = nextLine
    var fields: [String] = []
    fields.reserveCapacity(fieldCount)
    while true {
      guard let field = try field() else { return nil }
      fields.append(field)
      if position == bytes.count {
        guard lastLine == .optionalBreak else { return nil }
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

  /// The next field, up to its separator; nil where a torn line ends inside quotes.
  private mutating func field() throws(ResultsError) -> String? {
    guard position < bytes.count, bytes[position] == quote else {
      let start = position
      while position < bytes.count, !endsField(bytes[position]) {
        guard bytes[position] != quote else { throw misplacedQuote() }
        position += 1
      }
      return text(start..<position)
    }
    return try quotedField()
  }

  private mutating func quotedField() throws(ResultsError) -> String? {
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
          return String(decoding: content, as: UTF8.self)
        }
        position += 1
      }
      if byte == lineFeed { nextLine += 1 }
      content.append(byte)
    }
    guard lastLine == .optionalBreak else { return nil }
    throw ResultsError("\(file), line \(line): a quote is opened and never closed")
  }

  private func text(_ range: Range<Int>) -> String {
    guard !range.isEmpty else { return "" }
    return bytes.withUnsafeBufferPointer {
      String(decoding: UnsafeBufferPointer(rebasing: $0[range]), as: UTF8.self)
    }
  }

  private func endsField(_ byte: UInt8) -> Bool {
    byte == comma || byte == lineFeed || byte == carriageReturn
  }

  private func misplacedQuote() -> ResultsError {
    ResultsError(
      "\(file), line \(line): a quote inside a field must be doubled, and the field quoted")
  }
}

private let quote = UInt8(ascii: "\"")
private let comma = UInt8(ascii: ",")
private let lineFeed = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
