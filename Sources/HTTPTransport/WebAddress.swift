// The parts of a URL, read by libcurl's own parser, so that what is checked is what is connected
// to. Does not build request URLs.

import CCurl

/// The parts of an `http:` or `https:` URL, percent-decoded.
package struct WebAddress: Sendable, Equatable {
  /// `http`, `https`, or whatever else stood there, in lower case.
  package let scheme: String
  /// The name before the `@`, if there is one.
  package let user: String?
  /// The password before the `@`, if there is one.
  package let password: String?
  /// A name or an address; an IPv6 address is in brackets.
  package let host: String
  /// The port, if one was written.
  package let port: Int?
  /// The path as it was written, percent-encoded; `/` if there was none.
  package let path: String
  /// Whether a `?` or `#` part was written.
  package let hasQuery: Bool

  /// Reads a URL; nil if it is not one.
  package init?(parsing text: String) {
    guard let url = curl_url() else { return nil }
    defer { curl_url_cleanup(url) }
    let flags = UInt32(CURLU_NON_SUPPORT_SCHEME)
    guard curl_url_set(url, CURLUPART_URL, text, flags) == CURLUE_OK else { return nil }
    func part(_ part: CURLUPart, _ flags: Int32 = CURLU_URLDECODE) -> String? {
      var value: UnsafeMutablePointer<CChar>?
      guard curl_url_get(url, part, &value, UInt32(flags)) == CURLUE_OK, let value else {
        return nil
      }
      defer { curl_free(value) }
      return String(cString: value)
    }
    guard let scheme = part(CURLUPART_SCHEME), let host = part(CURLUPART_HOST) else { return nil }
    self.scheme = scheme
    self.host = host
    user = part(CURLUPART_USER)
    password = part(CURLUPART_PASSWORD)
    port = part(CURLUPART_PORT).flatMap { Int($0) }
    path = part(CURLUPART_PATH, 0) ?? "/"
    hasQuery = part(CURLUPART_QUERY) != nil || part(CURLUPART_FRAGMENT) != nil
  }

  /// Scheme, host, port and path: what may stand in a message.
  package var redacted: String {
    let port = port.map { ":\($0)" } ?? ""
    return "\(scheme)://\(host)\(port)\(path)"
  }

  /// Whether the host is this machine by name or number: such requests go through no proxy.
  package var isLoopback: Bool {
    host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
  }
}
