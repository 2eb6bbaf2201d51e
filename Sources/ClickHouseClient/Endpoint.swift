// Where a server is and as whom it is spoken to. Does not connect.

import HTTPTransport

/// Whom to trust on the other end of a TLS connection; Transport's.
package typealias Trust = HTTPTransport.Trust

/// A text that is never printed.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
  package let text: String

  /// Hides a text.
  package init(_ text: String) { self.text = text }

  /// Always `***`.
  package var description: String { "***" }
  /// Always `***`.
  package var debugDescription: String { "***" }
}

extension Secret: CustomReflectable {
  /// Empty: `dump` and the messages of a failed test print no secret either.
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// A server's HTTP interface, and the user who speaks to it.
package struct Endpoint: Sendable, Equatable {
  /// Whether the connection is encrypted.
  package let isSecure: Bool
  /// A name or an address; an IPv6 address is in brackets.
  package let host: String
  /// The port: 8123, or 8443 with TLS, unless the URL named one.
  package let port: Int
  /// A prefix of the path without a slash at its end, percent-encoded; empty as a rule.
  package let path: String
  /// The user; nil leaves it to the server, which takes `default`.
  package var user: String?
  /// The user's password.
  package var password: Secret?
  /// Whom to trust when ``isSecure``.
  package var trust: Trust
  /// The bounds within which the server is used.
  package var guards = Guards()

  /// Reads `http(s)://[user[:password]@]host[:port][/path]`.
  ///
  /// - Throws: ``ClickHouseError/badEndpoint(_:)``, which names what is wrong and never repeats a
  ///   password.
  package init(_ url: String, trust: Trust = .system) throws(ClickHouseError) {
    let example = "write it like http://localhost:8123"
    guard let address = WebAddress(parsing: url) else {
      throw .badEndpoint("the server's URL is not a URL; \(example)")
    }
    guard address.scheme == "http" || address.scheme == "https" else {
      throw .badEndpoint(
        "the server's URL begins with neither http:// nor https://; \(example), for it is the HTTP"
          + " interface that is spoken to, not the native one on port 9000")
    }
    guard !address.hasQuery else {
      throw .badEndpoint(
        "the server's URL \(address.redacted) has a part after ? or #, which is lost; name"
          + " settings and database by their own options")
    }
    isSecure = address.scheme == "https"
    host = address.host
    port = address.port ?? (isSecure ? 8443 : 8123)
    path = String(address.path.dropLast(address.path.hasSuffix("/") ? 1 : 0))
    user = address.user.flatMap { $0.isEmpty ? nil : $0 }
    password = address.password.map { Secret($0) }
    self.trust = trust
  }

  package var address: String { "\(host):\(port)" }

  /// Whether requests tell who asks.
  var hasCredentials: Bool { user != nil || password != nil }

  /// The URL without user and password.
  package var base: String { "\(isSecure ? "https" : "http")://\(host):\(port)\(path)" }
}

extension Endpoint: CustomStringConvertible {
  package var description: String {
    let base = "\(host):\(port)\(path)"
    return "\(isSecure ? "https" : "http")://\(user.map { "\($0)@" } ?? "")\(base)"
  }
}
