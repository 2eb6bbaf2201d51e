// What a server answered. Holds no behaviour but the look-up of headers.

/// Header lines in the order in which they came. A name may be repeated.
public struct Headers: Sendable, Equatable {
  /// The lines.
  public private(set) var fields: [Field] = []

  /// One header line.
  public struct Field: Sendable, Equatable {
    /// As the server wrote it.
    public let name: String
    /// Without the blanks around it.
    public let value: String
  }

  /// Makes an empty list.
  public init() {}

  /// The value of the last line of that name, whatever its case. Last, because a line that is sent
  /// again while a query runs (progress, summary) corrects the ones before it.
  public subscript(name: String) -> String? {
    let name = name.lowercased()
    return fields.last { $0.name.lowercased() == name }?.value
  }

  mutating func append(line: UnsafeRawBufferPointer) {
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
public struct ResponseHead: Sendable, Equatable {
  /// The HTTP status.
  public internal(set) var status: Int
  /// The header lines.
  public internal(set) var headers: Headers

  /// Whether the status is 2xx.
  public var isSuccess: Bool { (200..<300).contains(status) }
}

/// When things happened, in milliseconds from the start of the request on its thread; the wait for
/// a free connection is not in it.
public struct Timings: Sendable, Equatable {
  /// Until the connection stood, TLS included; 0 when it stood already.
  public internal(set) var connect_ms = 0.0
  /// Until the first byte of the answer.
  public internal(set) var firstByte_ms = 0.0
  /// Until the last byte of the answer.
  public internal(set) var total_ms = 0.0
}

/// An answer that arrived whole, or what had arrived of it (see ``TransportError/response``).
public struct Response: Sendable {
  /// Status and header lines.
  public internal(set) var head: ResponseHead
  /// The header lines after a chunked body, if there were any.
  public internal(set) var trailers = Headers()
  /// The body, if no sink took it; its first 64 KiB (``HTTPClient/collectedBytesMax``) at most.
  public internal(set) var body: [UInt8] = []
  /// The length of the body in bytes, whoever took it.
  public internal(set) var receivedBytes = 0
  /// The length of the request's body in bytes, as far as it was sent.
  public internal(set) var sentBytes = 0
  /// When things happened.
  public internal(set) var timings = Timings()
  /// Whether the connection stood already when the request began.
  public internal(set) var reusedConnection = false
}
