// Transport errors: maps libcurl's codes to kinds and sentences.

import CCurl

/// A request without a complete response. The description is one sentence; its URL has neither
/// credentials nor query.
package struct TransportError: Error, Sendable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// Malformed URL or header, or a scheme other than `http:` and `https:`.
    case badRequest
    /// The host has no address.
    case cannotResolve
    /// Nothing accepts connections at the address.
    case cannotConnect
    case timedOut(Limit)
    /// Failed TLS handshake or untrusted certificate.
    case tls
    /// The connection broke, or was closed without a response.
    case reset
    /// The server closed the connection before its response was complete.
    case truncated
    /// Any other libcurl error; see ``code``.
    case other

    /// Value for an error-name column, in ClickHouse's style: `CONNECTION_RESET`.
    package var name: String {
      switch self {
      case .badRequest: "BAD_REQUEST"
      case .cannotResolve: "CANNOT_RESOLVE"
      case .cannotConnect: "CANNOT_CONNECT"
      case .timedOut(let limit): "TIMED_OUT_\(limit.rawValue.uppercased())"
      case .tls: "TLS_FAILED"
      case .reset: "CONNECTION_RESET"
      case .truncated: "ANSWER_TRUNCATED"
      case .other: "TRANSFER_FAILED"
      }
    }
  }

  package enum Limit: String, Sendable {
    case connect
    case idle
    case total
  }

  package let kind: Kind
  /// libcurl's code (`CURLE_…`), 0 if libcurl reported none.
  package let code: Int
  /// libcurl's message, or empty.
  package let detail: String
  /// Scheme, host, port and path of the request.
  package let url: String
  /// The received part of the response, if its headers arrived.
  package let response: Response?

  package init(
    _ kind: Kind, code: CURLcode = CURLE_OK, detail: String = "", url: String,
    response: Response? = nil
  ) {
    self.kind = kind
    self.code = Int(code.rawValue)
    self.detail = detail
    self.url = url
    self.response = response
  }

  package var description: String {
    let words = detail.isEmpty ? "" : " (\(detail))"
    switch kind {
    case .badRequest: return "the request to \(url) is malformed\(words)"
    case .cannotResolve: return "the host of \(url) has no address\(words); check its name"
    case .cannotConnect:
      return "cannot connect to \(url)\(words); check that the server runs there"
    case .timedOut(.connect): return "no connection to \(url) within the connect timeout\(words)"
    case .timedOut(let limit): return "the \(limit.rawValue) timeout of a request to \(url) ran out"
    case .tls: return "no trusted TLS connection to \(url)\(words); \(remedyOfTrust)"
    case .reset: return "the connection to \(url) broke\(words)"
    case .truncated: return "the answer of \(url) ended too early\(words)"
    case .other: return "the request to \(url) failed with libcurl's code \(code)\(words)"
    }
  }
}

extension TransportError {
  /// The remedy for a certificate error, from libcurl's and OpenSSL's messages.
  private var remedyOfTrust: String {
    if detail.contains("expired") || detail.contains("not yet valid") {
      return "the server's certificate has to be renewed, or a clock is wrong"
    }
    if detail.contains("subject name") {
      return "use the name that the server's certificate is made out to"
    }
    return "name the authority's certificate file with --ca-file"
  }
}

extension TransportError.Kind {
  /// Whether nothing was sent. libcurl reconnects after a reused connection broke, and then reports
  /// on the new connection, although the request went out on the first.
  var isBeforeSending: Bool {
    switch self {
    case .cannotResolve, .cannotConnect, .timedOut(.connect), .tls: true
    default: false
    }
  }

  init(_ code: CURLcode) {
    switch code {
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT:
      self = .badRequest
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: self = .cannotResolve
    case CURLE_COULDNT_CONNECT: self = .cannotConnect
    // Connection's loop enforces the idle and total timeouts; libcurl only this one.
    case CURLE_OPERATION_TIMEDOUT: self = .timedOut(.connect)
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_USE_SSL_FAILED:
      self = .tls
    case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_SEND_FAIL_REWIND:
      self = .reset
    case CURLE_PARTIAL_FILE: self = .truncated
    default: self = .other
    }
  }
}
