// HTTP response: status, headers, body, timings.

/// In the order received. A name may repeat.
package struct Headers: Sendable, Equatable {
  package private(set) var fields: [Field] = []

  package struct Field: Sendable, Equatable {
    /// As the server wrote it.
    package let name: String
    /// Without surrounding white space.
    package let value: String
  }

  package init() {}

  /// The value of the last line with that name, ignoring case. The last, because repeated lines
  /// (progress, summary) supersede earlier ones while a query runs.
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

package struct ResponseHead: Sendable, Equatable {
  package internal(set) var status: Int
  package internal(set) var headers: Headers

  package var isSuccess: Bool { (200..<300).contains(status) }
}

/// In milliseconds from the start of the request on its thread; excludes the wait for a free
/// connection.
package struct Timings: Sendable, Equatable {
  /// Until connected, TLS included; 0 for a reused connection.
  package internal(set) var connect_ms = 0.0
  /// Until the first byte of the response.
  package internal(set) var firstByte_ms = 0.0
  /// Until the last byte of the response.
  package internal(set) var total_ms = 0.0
}

/// A complete response, or its received beginning (see ``TransportError/response``).
package struct Response: Sendable {
  package internal(set) var head: ResponseHead
  /// Headers after a chunked body.
  package internal(set) var trailers = Headers()
  /// At most the first 64 KiB (``HTTPClient/collectedBytesMax``), if no sink took the body.
  package internal(set) var body: [UInt8] = []
  /// Length of the response body in bytes, also if a sink took it.
  package internal(set) var receivedBytes = 0
  /// Bytes sent of the request body.
  package internal(set) var sentBytes = 0
  package internal(set) var timings = Timings()
  package internal(set) var reusedConnection = false
}
