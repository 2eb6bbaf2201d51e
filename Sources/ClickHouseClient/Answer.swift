// Detects a server exception at the end of a response whose status was already 200.
//
// Servers write it after the data, in one of three forms:
// - until about 24.10 the bare text `Code: 241. DB::Exception: … (NAME) (version V)`, after which
//   the response ends normally;
// - since then `__exception__`, CR LF, the text, and a response that is never completed;
// - from 25.11, announced by the header `X-ClickHouse-Exception-Tag`: CR LF, `__exception__`, CR
//   LF, TAG, CR LF, the text, LF, its length, a space, TAG, CR LF, `__exception__`, CR LF.

package struct Tail {
  /// 32 KiB.
  package static let bytesMax = 32_768

  private(set) var receivedBytes = 0
  private var kept: [UInt8] = []

  /// At most ``bytesMax``.
  package var bytes: ArraySlice<UInt8> { kept.suffix(Tail.bytesMax) }

  /// Copies the chunk's end. Allocates only during the first 64 KiB.
  package mutating func append(_ chunk: UnsafeRawBufferPointer) {
    receivedBytes += chunk.count
    if chunk.count >= Tail.bytesMax {
      kept.removeAll(keepingCapacity: true)
    } else if kept.count + chunk.count > 2 * Tail.bytesMax {
      kept.removeFirst(kept.count - Tail.bytesMax)
    }
    kept.append(contentsOf: chunk.suffix(Tail.bytesMax))
  }
}

/// The end of a response with status 200.
struct Answer {
  /// The value of `X-ClickHouse-Exception-Tag`, if present.
  var tag: String?
  var tail = Tail()

  private static let marker = Array("__exception__\r\n".utf8)
  /// Servers from this version leave a response incomplete after an exception, so the same text at
  /// the end of a complete response is data.
  private static let breaksOff = ServerVersion(25, 1)

  /// The exception at the end of the body, or nil.
  ///
  /// - Parameter isComplete: whether the response arrived with its last chunk.
  func exception(isComplete: Bool) -> ExceptionText? {
    let bytes = tail.bytes
    if let tag { return Answer.tagged(bytes, tag: tag) }
    // The common case: only the last bytes are inspected.
    guard let last = bytes.lastIndex(where: { $0 > 0x20 }), bytes[last] == UInt8(ascii: ")") else {
      return nil
    }
    if let marker = bytes.lastRange(of: Answer.marker) {
      let text = ExceptionText(String(decoding: bytes[marker.upperBound...], as: UTF8.self))
      if text.isWhole { return text }
    }
    guard let start = Answer.bareText(in: bytes) else { return nil }
    let text = ExceptionText(String(decoding: bytes[start...], as: UTF8.self))
    guard text.isWhole, let version = text.version else { return nil }
    if !isComplete { return text }
    // A server that has sent no data yet reports the error in the status or a header.
    let followsData = start > bytes.startIndex || tail.receivedBytes > bytes.count
    return version < Answer.breaksOff && followsData ? text : nil
  }

  private static func tagged(_ bytes: ArraySlice<UInt8>, tag: String) -> ExceptionText? {
    let tag = Array(tag.utf8)
    let opening = marker + tag + [0x0d, 0x0a]
    let closing = tag + [0x0d, 0x0a] + marker
    var text = bytes
    let isClosed = text.hasSuffix(closing)
    if isClosed {
      text = text.dropLast(closing.count + 1)
      while let digit = text.last, (0x30...0x39).contains(digit) { text.removeLast() }
    }
    if let start = text.lastRange(of: opening) {
      text = text[start.upperBound...]
    } else if !isClosed {
      return nil
    }
    return ExceptionText(String(decoding: text, as: UTF8.self))
  }

  /// The last `Code: ` that could begin an exception. One after a space is quoted by another
  /// exception: `… While executing Remote: Code: 210. …`.
  private static func bareText(in bytes: ArraySlice<UInt8>) -> Int? {
    bytes.ranges(of: Array("Code: ".utf8)).last { range in
      range.lowerBound == bytes.startIndex || bytes[range.lowerBound - 1] != 0x20
    }?.lowerBound
  }
}

extension ArraySlice<UInt8> {
  fileprivate func hasSuffix(_ other: [UInt8]) -> Bool { suffix(other.count).elementsEqual(other) }

  fileprivate func lastRange(of other: [UInt8]) -> Range<Int>? { ranges(of: other).last }
}
