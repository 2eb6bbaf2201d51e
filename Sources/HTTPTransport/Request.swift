// What is asked of a server: address, headers, limits of time, trust. Holds no behaviour: see
// HTTPClient.

/// One HTTP request. Redirects are never followed, and a request is never sent twice.
package struct Request: Sendable {
  /// `GET`, `POST`, …
  package var method: String
  /// An `http:` or `https:` URL, percent-encoded, without user and password: those belong in
  /// headers.
  package var url: String
  /// Header lines in order; a name may be repeated. No line breaks: see ``TransportError/Kind``.
  package var headers: [(name: String, value: String)]
  /// When to give up.
  package var timeouts: Timeouts
  /// Whom to trust when the URL is `https:`.
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

/// When to give up on a request. Nil means never.
package struct Timeouts: Sendable, Equatable {
  /// Until a connection stands, TLS and name resolution included. Nil is libcurl's 300 s.
  package var connect: Duration?
  /// Without a byte in either direction. The time that a source or a sink takes does not count.
  package var idle: Duration?
  /// For the whole request, from start to the last byte.
  package var total: Duration?

  /// Makes limits; the default gives up on a connection after 10 s and on nothing else, because a
  /// long query may rightly be silent for a long time.
  package init(connect: Duration? = .seconds(10), idle: Duration? = nil, total: Duration? = nil) {
    self.connect = connect
    self.idle = idle
    self.total = total
  }
}

/// Whom to trust on the other end of a TLS connection.
package enum Trust: Sendable, Equatable {
  /// The certificate authorities of the system.
  case system
  /// The certificate authorities in this PEM file only.
  case authorities(file: String)
  /// Anyone: for tests and for servers with a certificate of their own on a trusted network.
  case anyone
}

/// Fills the buffer with the next bytes of a request's body and returns how many; 0 ends the body.
/// Called on the connection's own thread, where it may block. An error it throws aborts the request
/// and comes out of ``HTTPClient/perform(_:body:receive:)`` as it is.
package typealias BodySource = @Sendable (UnsafeMutableRawBufferPointer) throws -> Int

/// Takes the next bytes of a response's body, some 16 KiB at most. Called on the connection's own
/// thread, where it may block: that is the back-pressure. The buffer is valid for the call only.
/// An error it throws aborts the request and comes out as it is.
package typealias BodySink = @Sendable (UnsafeRawBufferPointer) throws -> Void

package enum RequestBody: Sendable {
  case none
  /// A body that is there already, sent with its length.
  case bytes([UInt8])
  /// A body that is made as it is sent: with its length if that is known, else in chunks.
  case stream(BodySource, bytes: Int? = nil)
}
