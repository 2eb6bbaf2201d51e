// What a server answered. Holds no behaviour but the look-up of headers.

/// Header lines in the order in which they came. A name may be repeated.
package struct Headers: Sendable, Equatable {
  /// The lines.
  package private(set) var fields: [Field] = []

  /// One header line.
  package struct Field: Sendable, Equatable {
    /// As the server wrote it.
    package let name: String
    /// Without the blanks around it.
    package let value: String
  }

  /// Makes an empty list.
  package init() {}

  /// The value of the last line of that name, whatever its case. Last, because a line that is sent
  /// again while a query runs (progress, summary) corrects the ones before it.
  package subscript(name: String) -> String? {
    let name = name.lowercased()
    return fields.last { $0.name.lowercased() == name }?.value
  }

  package mutating func append(line: UnsafeRawBufferPointer) {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
    func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
      let isBlank = { (byte: UInt8) in byte <= 0x20 }
      let rest = bytes.drop(while: isBlank)
      let end = rest.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? rest.startIndex
      return String(decoding: rest[..<end], as: UTF8.self)
    }
    fields.append(Field(name: text(line[..<colon]), value: text(line[(colon + 1)...])))
  }
}

/// The part of an answer that comes before its body.
package struct ResponseHead: Sendable, Equatable {
  /// The HTTP status.
  package internal(set) var status: Int
  /// The header lines.
  package internal(set) var headers: Headers

  /// Whether the status is 2xx.
  package var isSuccess: Bool { (200..<300).contains(status) }
}

/// When things happened, in milliseconds from the start of the request on its thread; the wait for
/// a free connection is not in it.
package struct Timings: Sendable, Equatable {
  /// Until the connection stood, TLS included; 0 when it stood already.
  package internal(set) var connect_ms = 0.0
  /// Until the first byte of the answer.
  package internal(set) var firstByte_ms = 0.0
  /// Until the last byte of the answer.
  package internal(set) var total_ms = 0.0
}

/// An answer that arrived whole, or what had arrived of it (see ``TransportError/response``).
package struct Response: Sendable {
  /// Status and header lines.
  package internal(set) var head: ResponseHead
  /// The header lines after a chunked body, if there were any.
  package internal(set) var trailers = Headers()
  /// The body, if no sink took it; its first 64 KiB (``HTTPClient/collectedBytesMax``) at most.
  package internal(set) var body: [UInt8] = []
  /// The length of the body in bytes, whoever took it.
  package internal(set) var receivedBytes = 0
  /// The length of the request's body in bytes, as far as it was sent.
  package internal(set) var sentBytes = 0
  /// When things happened.
  package internal(set) var timings = Timings()
  /// Whether the connection stood already when the request began.
  package internal(set) var reusedConnection = false
}
