// URL components, read by libcurl's parser, so that the checked address is the one connected to.

import CCurl

/// Components of an `http:` or `https:` URL, percent-decoded.
package struct WebAddress: Sendable, Equatable {
  /// In lower case; may be any scheme.
  package let scheme: String
  package let user: String?
  package let password: String?
  /// A name or address; IPv6 in brackets.
  package let host: String
  package let port: Int?
  /// Percent-encoded as written; `/` if missing.
  package let path: String
  /// Whether the URL has a `?` or `#` part.
  package let hasQuery: Bool

  /// Nil for an invalid URL.
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

  /// Scheme, host, port and path: safe for messages.
  package var redacted: String {
    let port = port.map { ":\($0)" } ?? ""
    return "\(scheme)://\(host)\(port)\(path)"
  }

  /// Whether the host is this machine: such requests bypass proxies.
  package var isLoopback: Bool {
    host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
  }
}
