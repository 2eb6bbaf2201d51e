// Address of a server and the user to connect as.

import HTTPTransport

package typealias Trust = HTTPTransport.Trust

/// A text that is never printed.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
  package let text: String

  package init(_ text: String) { self.text = text }

  package var description: String { "***" }
  package var debugDescription: String { "***" }
}

extension Secret: CustomReflectable {
  /// Empty, so that `dump` and failed tests do not print the secret.
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// A server's HTTP interface and the user.
package struct Endpoint: Sendable, Equatable {
  package let isSecure: Bool
  /// A name or address; IPv6 in brackets.
  package let host: String
  /// 8123, or 8443 with TLS, unless the URL has a port.
  package let port: Int
  /// A path prefix without a trailing slash, percent-encoded; usually empty.
  package let path: String
  package var user: String?
  package var password: Secret?
  /// Used if ``isSecure``.
  package var trust: Trust
  /// Limits on how queries may use the server.
  package var guards = Guards()

  /// Reads `http(s)://[user[:password]@]host[:port][/path]`.
  ///
  /// - Throws: ``ClickHouseError/badEndpoint(_:)``, which never contains a password.
  package init(_ url: String, trust: Trust = .system) throws(ClickHouseError) {
    let example = "write it like http://localhost:8123"
    guard let address = WebAddress(parsing: url) else {
      throw .badEndpoint("the server's URL is not a URL; \(example)")
    }
    guard address.scheme == "http" || address.scheme == "https" else {
      throw .badEndpoint(
        "the server's URL begins with neither http:// nor https://; \(example), because"
          + " exportbench uses the HTTP interface, not the native one on port 9000")
    }
    guard !address.hasQuery else {
      throw .badEndpoint(
        "the server's URL \(address.redacted) has a part after ? or #, which would be ignored; set"
          + " settings and database with their options")
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

  var hasCredentials: Bool { user != nil || password != nil }

  /// The URL without credentials.
  package var base: String { "\(isSecure ? "https" : "http")://\(host):\(port)\(path)" }
}

extension Endpoint: CustomStringConvertible {
  package var description: String {
    let base = "\(host):\(port)\(path)"
    return "\(isSecure ? "https" : "http")://\(user.map { "\($0)@" } ?? "")\(base)"
  }
}
