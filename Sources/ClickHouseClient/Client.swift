// ClickHouse client: sends queries to one server over HTTP and returns results or errors.
// RetryPolicy decides what may be retried. Among several servers of a cluster it uses one, and the
// next one if that refuses connections: a query that was never sent cannot run twice.

import HTTPTransport
import Synchronization

package typealias Timeouts = HTTPTransport.Timeouts
/// Fills a buffer with the next bytes of an insert; called on the connection's thread.
package typealias BodySource = HTTPTransport.BodySource
/// Takes the next bytes of a result; called on the connection's thread.
package typealias BodySink = HTTPTransport.BodySink

/// Connection to a server or cluster; tasks may use it concurrently.
///
/// Every method throws ``ClickHouseError``, a closure's error, or, at once on cancellation,
/// `CancellationError`. The server notices a cancellation at its next write, and stops the query
/// only if `cancel_http_readonly_queries_on_client_close` is set.
package final class Client: Sendable {
  /// Several only if they belong to one cluster.
  package let endpoints: [Endpoint]
  /// Nil for a single server.
  package let cluster: Cluster?
  package let timeouts: Timeouts
  package let connectionsMax: Int
  private let http: HTTPClient
  package let entry: Mutex<Int>
  let queries: QueryRegistry
  package let logs: ServerLogs

  /// The server in use.
  package var endpoint: Endpoint { endpoints[entry.withLock { $0 }] }

  /// Connects on first use.
  ///
  /// - Parameters:
  ///   - connectionsMax: concurrent queries; further ones wait.
  ///   - timeouts: by default no idle timeout, because a long query may be silent for long.
  package convenience init(
    _ endpoint: Endpoint, connectionsMax: Int = 16, timeouts: Timeouts = Timeouts()
  ) {
    self.init([endpoint], of: nil, connectionsMax: connectionsMax, timeouts: timeouts)
  }

  /// - Parameter endpoints: servers of one cluster; if one cannot be connected to, the next one is
  ///   used from then on.
  package convenience init(
    _ endpoints: [Endpoint], of cluster: Cluster?, connectionsMax: Int = 16,
    timeouts: Timeouts = Timeouts()
  ) {
    self.init(
      endpoints, of: cluster, connectionsMax: connectionsMax, timeouts: timeouts,
      queries: QueryRegistry(), logs: ServerLogs())
  }

  init(
    _ endpoints: [Endpoint], of cluster: Cluster?, first: Int = 0, connectionsMax: Int,
    timeouts: Timeouts, queries: QueryRegistry, logs: ServerLogs
  ) {
    precondition(!endpoints.isEmpty, "a client needs a server")
    self.endpoints = endpoints
    self.cluster = cluster
    entry = Mutex(first % endpoints.count)
    self.timeouts = timeouts
    self.connectionsMax = connectionsMax
    self.queries = queries
    self.logs = logs
    http = HTTPClient(connectionsMax: connectionsMax)
  }

  /// A client that prefers another server of the same cluster; this client if there is no other.
  package func entering(at number: Int) -> Client {
    guard endpoints.count > 1 else { return self }
    return Client(
      endpoints, of: cluster, first: number, connectionsMax: connectionsMax, timeouts: timeouts,
      queries: queries, logs: logs)
  }

  /// The same client with an idle timeout.
  package func giving(upAfter silence: Duration) -> Client {
    var timeouts = timeouts
    timeouts.idle = silence
    return Client(
      endpoints, of: cluster, first: entry.withLock { $0 }, connectionsMax: connectionsMax,
      timeouts: timeouts, queries: queries, logs: logs)
  }

  /// Runs a query and discards its result. The default format is Native: a server starts threads
  /// for each result in a text format, which doubles the cost of a trivial query.
  @discardableResult
  package func execute(_ query: Query) async throws -> Outcome {
    var query = query
    query.settings["default_format"] = query.settings["default_format"] ?? "Native"
    return try await stream(query) { _ in }
  }

  /// Runs an idempotent statement; on a cluster it is retried once after a host was lost.
  package func executeRepeatable(_ query: Query) async throws {
    _ = try await retryingOnce { try await self.execute(query) }
  }

  /// Runs idempotent work, and repeats it once after a server was lost.
  func retryingOnce<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
    guard cluster != nil else { return try await work() }
    do { return try await work() } catch let error as ClickHouseError where error.isOfLostHost {
      return try await work()
    }
  }

  /// Runs a query and streams its result in the query's format.
  ///
  /// - Parameters:
  ///   - query: a `SELECT … FORMAT …`; not retried unless its policy allows it.
  ///   - sink: takes the result. After an error its bytes are not the result: they may be cut off,
  ///     or end with the exception's text.
  @discardableResult
  package func stream(_ query: Query, into sink: @escaping BodySink) async throws -> Outcome {
    try await send(query, sqlInURL: false, body: { .bytes(Array(query.sql.utf8)) }, sink: sink)
  }

  /// Inserts data.
  ///
  /// - Parameters:
  ///   - query: an `INSERT INTO … FORMAT …` without data.
  ///   - source: supplies the data in that format. Its error aborts the request; blocks that the
  ///     server had already read may have been written.
  @discardableResult
  package func insert(_ query: Query, from source: @escaping BodySource) async throws -> Outcome {
    var query = query
    query.repetition = .never
    return try await insert(query) { source }
  }

  /// Inserts data that can be produced again: retried without a response if the query allows it.
  ///
  /// - Parameters:
  ///   - query: an `INSERT INTO … FORMAT …` without data.
  ///   - making: returns a new source of the same data on each call.
  @discardableResult
  package func insert(
    _ query: Query, making: @escaping @Sendable () -> BodySource
  ) async throws -> Outcome {
    var query = query
    if case .deduplicated(let token) = query.repetition {
      query.settings["insert_deduplication_token"] = token
      query.settings["insert_deduplicate"] = "1"
    }
    return try await send(query, sqlInURL: true, body: { .stream(making()) }, sink: { _ in })
  }

  /// Checks that the server responds; needs no user.
  package func ping() async throws {
    try await withEntry { try await ping($0) }
  }

  private func ping(_ endpoint: Endpoint) async throws {
    let request = Request(
      url: "\(endpoint.base)/ping", timeouts: timeouts, trust: endpoint.trust)
    let response: Response
    do {
      response = try await http.perform(request) { _ in nil }
    } catch let error as TransportError { throw ClickHouseError.transport(error) }
    guard response.head.isSuccess else {
      throw Exchange.unexpected(response, from: endpoint.base)
    }
  }

  package func serverVersion() async throws -> ServerVersion {
    struct Row: Decodable { let version: String }
    let rows = try await rows(Query("SELECT version() AS version"), as: Row.self)
    guard let text = rows.first?.version, let version = ServerVersion(parsing: text) else {
      throw ClickHouseError.unexpectedAnswer(
        "the server at \(endpoint) did not report its version; check that it is ClickHouse")
    }
    return version
  }

  package func send(
    _ query: Query, method: String = "POST", sqlInURL: Bool,
    body: @escaping @Sendable () -> RequestBody, contentType: String? = nil,
    extra: [String: String] = [:], sink: @escaping BodySink
  ) async throws -> Outcome {
    try await withEntry {
      try await send(
        query, to: $0, method: method, sqlInURL: sqlInURL, body: body, contentType: contentType,
        extra: extra, sink: sink)
    }
  }

  /// Runs `work` with a server that accepts connections.
  private func withEntry<Value>(_ work: (Endpoint) async throws -> Value) async throws -> Value {
    for _ in 1..<endpoints.count {
      let place = entry.withLock { $0 }
      do { return try await work(endpoints[place]) } catch ClickHouseError.transport(let error)
        where FailureKind(error) == .notBegun
      {
        entry.withLock { if $0 == place { $0 = (place + 1) % endpoints.count } }
      }
    }
    return try await work(endpoint)
  }

  private func send(
    _ query: Query, to endpoint: Endpoint, method: String, sqlInURL: Bool,
    body: @escaping @Sendable () -> RequestBody, contentType: String?, extra: [String: String],
    sink: @escaping BodySink
  ) async throws -> Outcome {
    var query = query
    query.settings = endpoint.guards.applied(to: query.settings)
    var (repeats, redirects, base) = (0, 0, endpoint.base)
    while true {
      let queryID = query.queryID ?? Query.newID()
      let parts = query.urlQuery(queryID: queryID, sqlInURL: sqlInURL, extra: extra)
      var request = Request(
        method: method, url: "\(base)/?\(parts)", headers: headers(for: endpoint),
        timeouts: timeouts,
        trust: endpoint.trust)
      if let contentType { request.headers.append(("Content-Type", contentType)) }
      let exchange = Exchange(query, queryID: queryID, base: base, repeats: repeats)
      do {
        return try await perform(request, body(), exchange, sink)
      } catch {
        if let halt = queries.halt { throw halt }
        let step = (query.repetition ?? .never).next(
          after: exchange.failureKind(of: error), repeats: repeats, redirects: redirects,
          hasHandedOn: exchange.hasHandedOn, base: base, hasCredentials: endpoint.hasCredentials)
        switch step {
        case .giveUp: throw error
        case .follow(let other): (base, redirects) = (other, redirects + 1)
        case .again(let pause):
          repeats += 1
          try await Task.sleep(for: pause)
          // The first query may still be running, and a query id must be unique.
          query.queryID = Query.newID()
        }
      }
    }
  }

  private func perform(
    _ request: Request, _ body: RequestBody, _ exchange: Exchange, _ sink: @escaping BodySink
  ) async throws -> Outcome {
    try queries.begin(exchange.queryID)
    defer { queries.end(exchange.queryID) }
    do {
      let response = try await http.perform(request, body: body) { head in
        // HTTPTransport collects the body of a failure, which must not reach the sink.
        guard head.isSuccess, head.headers[Header.exceptionCode] == nil, !head.isPage else {
          return nil
        }
        exchange.answer.withLock { $0.tag = head.headers[Header.exceptionTag] }
        return { bytes in
          exchange.answer.withLock { $0.tail.append(bytes) }
          try sink(bytes)
        }
      }
      try exchange.check(response, isComplete: true)
      return Outcome(
        queryID: exchange.queryID, receivedBytes: response.receivedBytes,
        sentBytes: response.sentBytes, timings: response.timings,
        summaryHeader: response.head.headers[Header.summary],
        repeats: exchange.repeats)
    } catch let error as TransportError {
      // A failing server may break the connection after it has already sent the cause.
      if let response = error.response, [.truncated, .reset].contains(error.kind) {
        try exchange.check(response, isComplete: false)
      }
      throw ClickHouseError.transport(error)
    }
  }

  private func headers(for endpoint: Endpoint) -> [(name: String, value: String)] {
    var headers = [("User-Agent", "exportbench")]
    if endpoint.hasCredentials {
      headers.append(("X-ClickHouse-User", endpoint.user ?? "default"))
    }
    if let password = endpoint.password { headers.append(("X-ClickHouse-Key", password.text)) }
    return headers
  }
}

enum Header {
  static let exceptionCode = "X-ClickHouse-Exception-Code"
  static let exceptionTag = "X-ClickHouse-Exception-Tag"
  static let summary = "X-ClickHouse-Summary"
}

/// A value shared by a connection's thread and a task, never at the same time.
final class Shared<Value: Sendable>: Sendable {
  let value: Mutex<Value>
  init(_ value: Value) { self.value = Mutex(value) }
}
