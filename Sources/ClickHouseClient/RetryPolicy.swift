// When a request may be sent again, or elsewhere. Pure: it is told what went wrong, and decides.
//
// A query that ran twice falsifies what is measured, and an insert that ran twice doubles rows. So
// nothing is repeated unless whoever asks says what the query is.

import HTTPTransport

/// What may be done with a query whose answer did not come.
package enum RetryPolicy: Sendable, Equatable {
  /// It is sent once, whatever happens: measured work, and what changes the server.
  case never
  /// It reads, and no measurement rests on it.
  case read
  /// It inserts blocks that the target recognizes by this `insert_deduplication_token`.
  case deduplicated(token: String)

  /// How long to wait before each repetition; there are no more than these.
  static let pauses: [Duration] = [.milliseconds(100), .milliseconds(400)]
  /// Redirects that are followed for one query.
  static let redirectsMax = 3
}

/// Why a query has no answer yet.
enum FailureKind: Equatable {
  /// The server provably never began: no address, no connection, no TLS.
  case notBegun
  /// Something before the server said that it is not there: 502, 503 or 504.
  case unavailable
  /// The connection broke, and nobody knows how far the server had come.
  case broken
  /// The answer is that the server is somewhere else: a status and its `Location`.
  case redirected(status: Int, location: String)
  /// It was answered, or given up by us.
  case final
}

/// What to do after a setback.
enum NextStep: Equatable {
  case giveUp
  case again(after: Duration)
  /// Ask at this address instead: scheme, host, port and prefix of the path.
  case follow(String)
}

extension RetryPolicy {
  /// The rule.
  ///
  /// - Parameters:
  ///   - setback: what went wrong.
  ///   - repeats: repetitions so far.
  ///   - redirects: redirects that were followed so far.
  ///   - hasHandedOn: whether something of an answer was handed on already.
  ///   - base: the address that was asked.
  ///   - hasCredentials: whether the request carries a user's name or password.
  /// - Returns: what to do.
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
      // 303 asks for a GET, whose body would be lost; an insert's has been sent already.
      guard self == .read, [301, 302, 307, 308].contains(status), redirects < Self.redirectsMax,
        let target = Self.target(of: location, from: base, hasCredentials: hasCredentials)
      else { return .giveUp }
      return .follow(target)
    }
  }

  /// Where a redirect leads; nil to where the request must not go: out of TLS, or with a password
  /// to another host.
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
  /// Scheme, host and port, if one was written.
  fileprivate var origin: String { "\(scheme)://\(host)" + (port.map { ":\($0)" } ?? "") }
}

extension FailureKind {
  /// How a request ended that got no answer.
  init(_ error: TransportError) {
    switch error.kind {
    case .cannotResolve, .cannotConnect, .timedOut(.connect): self = .notBegun
    // The handshake, or a certificate: it will not be another one the next time.
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
