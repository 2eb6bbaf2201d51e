// HTTP request: address, headers, timeouts, TLS trust.

/// Redirects are never followed; a request is never sent twice.
package struct Request: Sendable {
  package var method: String
  /// An `http:` or `https:` URL, percent-encoded. Credentials belong into headers, not here.
  package var url: String
  /// In order; a name may repeat. No line breaks: see ``TransportError/Kind``.
  package var headers: [(name: String, value: String)]
  /// Limits of the request's duration.
  package var timeouts: Timeouts
  package var trust: Trust

  package init(
    method: String = "GET", url: String, headers: [(name: String, value: String)] = [],
    timeouts: Timeouts = Timeouts(), trust: Trust = .system
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.timeouts = timeouts
    self.trust = trust
  }
}

package struct Timeouts: Sendable, Equatable {
  /// Name resolution, connection and TLS handshake. Nil is libcurl's 300 s.
  package var connect: Duration?
  /// Without a byte in either direction; time spent in a source or sink does not count.
  package var idle: Duration?
  /// From start to the last byte.
  package var total: Duration?

  /// By default only the connect timeout (10 s) is set, because a long query may rightly be silent
  /// for a long time.
  package init(connect: Duration? = .seconds(10), idle: Duration? = nil, total: Duration? = nil) {
    self.connect = connect
    self.idle = idle
    self.total = total
  }
}

/// Which TLS certificates to accept. Nil timeouts never expire.
package enum Trust: Sendable, Equatable {
  /// The system's certificate authorities.
  case system
  /// Only the certificate authorities in this PEM file.
  case authorities(file: String)
  /// Any certificate: for tests, and for self-signed servers on a trusted network.
  case anyone
}

/// Fills the buffer with the next bytes of a request body and returns their number; 0 ends the
/// body. Runs on the connection's thread and may block. A thrown error aborts the request and is
/// rethrown unchanged.
package typealias BodySource = @Sendable (UnsafeMutableRawBufferPointer) throws -> Int

/// Takes the next bytes of a response body, at most about 16 KiB. Runs on the connection's thread;
/// blocking is the back-pressure. The buffer is valid only during the call. A thrown error aborts
/// the request and is rethrown unchanged.
package typealias BodySink = @Sendable (UnsafeRawBufferPointer) throws -> Void

package enum RequestBody: Sendable {
  case none
  /// In memory, sent with its length.
  case bytes([UInt8])
  /// Produced while it is sent: with its length if known, else chunked.
  case stream(BodySource, bytes: Int? = nil)
}
