// Why a request failed on its way. Knows libcurl's codes and turns each into a sentence; knows
// nothing of what the server would have said.

import CCurl

/// A request that got no whole answer. The description is one sentence; the URL in it has neither
/// user nor password nor query.
package struct TransportError: Error, Sendable, CustomStringConvertible {
  /// What went wrong, for a program to decide on.
  package enum Kind: Sendable, Equatable {
    /// The URL or a header is malformed, or the scheme is neither `http:` nor `https:`.
    case badRequest
    /// The host has no address.
    case cannotResolve
    /// Nobody answered at the address.
    case cannotConnect
    /// A limit of ``Timeouts`` ran out.
    case timedOut(Limit)
    /// The TLS handshake failed, or the certificate is not to be trusted.
    case tls
    /// The connection broke, or was closed without an answer.
    case reset
    /// The server closed the connection before its answer was complete.
    case truncated
    /// Something else of libcurl's; see ``code``.
    case other

    /// A name for the column of a table, such as `CONNECTION_RESET`, in the manner of ClickHouse's.
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

  /// Which limit of ``Timeouts`` ran out.
  package enum Limit: String, Sendable {
    /// ``Timeouts/connect``
    case connect
    /// ``Timeouts/idle``
    case idle
    /// ``Timeouts/total``
    case total
  }

  /// What went wrong.
  package let kind: Kind
  /// libcurl's code (`CURLE_…`), 0 if the failure is not libcurl's.
  package let code: Int
  /// libcurl's own words, or empty.
  package let detail: String
  /// Scheme, host, port and path of the request.
  package let url: String
  /// What had arrived of the answer, if its header lines had.
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
  /// What to do about a certificate, by what libcurl and OpenSSL say of it.
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
  /// Whether it says that nothing was sent. libcurl connects anew when a reused connection broke,
  /// and speaks of that connection, although the request was on the first one.
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
    // The loop of Connection keeps the idle and the total limit itself; libcurl only this one.
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
