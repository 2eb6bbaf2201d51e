// Retry policy: which requests may be retried or sent to another server.
//
// A query that ran twice distorts a measurement, and an insert that ran twice duplicates rows. So
// nothing is retried unless the caller classifies the query.

import HTTPTransport

/// What may be done with a query without a response.
package enum RetryPolicy: Sendable, Equatable {
  /// Sent once: measured work, and changes of the server.
  case never
  /// A query that only reads and is not measured.
  case read
  /// An insert of blocks that the table recognizes by this `insert_deduplication_token`.
  case deduplicated(token: String)

  /// The pause before each retry; their number limits the retries.
  static let pauses: [Duration] = [.milliseconds(100), .milliseconds(400)]
  /// Redirects followed for one query.
  static let redirectsMax = 3
}

/// Why a query has no response.
enum FailureKind: Equatable {
  /// The server provably never started: no address, no connection, no TLS.
  case notBegun
  /// A proxy reported the server as unavailable: 502, 503 or 504.
  case unavailable
  /// The connection broke; the server's progress is unknown.
  case broken
  /// A redirect: the status and its `Location`.
  case redirected(status: Int, location: String)
  /// Answered, or aborted by the client.
  case final
}

/// The step after a failure.
enum NextStep: Equatable {
  case giveUp
  case again(after: Duration)
  /// Send to this address: scheme, host, port and path prefix.
  case follow(String)
}

extension RetryPolicy {
  /// - Parameters:
  ///   - repeats: retries so far.
  ///   - redirects: redirects followed so far.
  ///   - hasHandedOn: whether part of a response already reached the sink.
  ///   - base: the requested address.
  ///   - hasCredentials: whether the request has a user name or password.
  func next(
    after setback: FailureKind, repeats: Int, redirects: Int, hasHandedOn: Bool, base: String,
    hasCredentials: Bool
  ) -> NextStep {
    guard self != .never, !hasHandedOn else { return .giveUp }
    switch setback {
    case .final: return .giveUp
    case .notBegun, .unavailable, .broken:
      guard repeats < Self.pauses.count else { return .giveUp }
      return .again(after: Self.pauses[repeats])
    case .redirected(let status, let location):
      // 303 requires a GET, which would lose the body; an insert's body is already sent.
      guard self == .read, [301, 302, 307, 308].contains(status), redirects < Self.redirectsMax,
        let target = Self.target(of: location, from: base, hasCredentials: hasCredentials)
      else { return .giveUp }
      return .follow(target)
    }
  }

  /// The target of a redirect; nil if the request must not go there: from TLS to plain HTTP, or
  /// with a password to another host.
  private static func target(
    of location: String, from base: String, hasCredentials: Bool
  ) -> String? {
    guard let from = WebAddress(parsing: base) else { return nil }
    let whole = location.hasPrefix("/") ? "\(from.origin)\(location)" : location
    guard let to = WebAddress(parsing: whole), ["http", "https"].contains(to.scheme),
      to.user == nil, to.password == nil
    else { return nil }
    if from.scheme == "https", to.scheme != "https" { return nil }
    if hasCredentials, to.host.lowercased() != from.host.lowercased() { return nil }
    let path = to.path.hasSuffix("/") ? String(to.path.dropLast()) : to.path
    return to.origin + path
  }
}

extension WebAddress {
  /// Scheme, host, and port if given.
  fileprivate var origin: String { "\(scheme)://\(host)" + (port.map { ":\($0)" } ?? "") }
}

extension FailureKind {
  /// Classifies a request without a response.
  init(_ error: TransportError) {
    switch error.kind {
    case .cannotResolve, .cannotConnect, .timedOut(.connect): self = .notBegun
    // A handshake or certificate failure is permanent.
    case .tls, .badRequest: self = .final
    case .reset, .truncated: self = error.response == nil ? .broken : .final
    case .timedOut, .other: self = .final
    }
  }

  init(status: Int, headers: Headers) {
    switch status {
    case 300..<400: self = .redirected(status: status, location: headers["Location"] ?? "")
    case 502, 503, 504: self = .unavailable
    default: self = .final
    }
  }
}
