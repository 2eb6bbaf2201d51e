// The room's front door: sends queries to one server over HTTP and gives back results or errors.
// What may be sent again, or elsewhere, is decided in Repetition. Of several servers of one cluster
// it speaks to one, and to the next when that one cannot be connected to: what was never sent
// cannot run twice.

import HTTPTransport
import Synchronization

/// When to give up; Transport's.
package typealias Timeouts = HTTPTransport.Timeouts
/// Fills a buffer with the next bytes of an insert; Transport's, and called on a thread of its own.
package typealias BodySource = HTTPTransport.BodySource
/// Takes the next bytes of a result; Transport's, and called on a thread of its own.
package typealias BodySink = HTTPTransport.BodySink

/// A server, ready to be asked. Any number of tasks may ask at once.
///
/// Every method throws ``ClickHouseError``, `CancellationError` at once when its task is cancelled
/// (the server notices when it next writes, and stops the query only if
/// `cancel_http_readonly_queries_on_client_close` is set), or what a closure of the caller's threw.
package final class Client: Sendable {
  /// The servers that may be spoken to; several are of one cluster.
  package let endpoints: [Endpoint]
  /// The cluster that they are of; nil of a server by itself.
  package let cluster: Cluster?
  /// When to give up on a request.
  package let timeouts: Timeouts
  package let connectionsMax: Int
  private let http: HTTPClient
  package let entry: Mutex<Int>
  let queries: QueryRegistry
  /// What is known of the server's logs.
  package let logs: ServerLogs

  /// The server that is spoken to now.
  package var endpoint: Endpoint { endpoints[entry.withLock { $0 }] }

  /// Makes a client; it connects when it is asked something.
  ///
  /// - Parameters:
  ///   - endpoint: the server, and the user to be.
  ///   - connectionsMax: queries that run at the same time; further ones wait here for their turn.
  ///   - timeouts: when to give up. A long query may be silent for long: there is no idle limit
  ///     unless one is given.
  package convenience init(
    _ endpoint: Endpoint, connectionsMax: Int = 16, timeouts: Timeouts = Timeouts()
  ) {
    self.init([endpoint], of: nil, connectionsMax: connectionsMax, timeouts: timeouts)
  }

  /// Makes a client of a cluster.
  ///
  /// - Parameters:
  ///   - endpoints: one server of it, or several: when one cannot be connected to, the next one is
  ///     spoken to from then on.
  ///   - cluster: its name.
  ///   - connectionsMax: as for a server by itself.
  ///   - timeouts: as for a server by itself.
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

  /// A client that speaks to another server of the same cluster first; this one where there is no
  /// other.
  package func entering(at number: Int) -> Client {
    guard endpoints.count > 1 else { return self }
    return Client(
      endpoints, of: cluster, first: number, connectionsMax: connectionsMax, timeouts: timeouts,
      queries: queries, logs: logs)
  }

  /// The same client for queries of which it is known how long they may be silent.
  package func giving(upAfter silence: Duration) -> Client {
    var timeouts = timeouts
    timeouts.idle = silence
    return Client(
      endpoints, of: cluster, first: entry.withLock { $0 }, connectionsMax: connectionsMax,
      timeouts: timeouts, queries: queries, logs: logs)
  }

  /// Runs a query and drops its result, which is asked for in Native unless the query says
  /// otherwise: a server starts threads for each result that it has to write as text, and a trivial
  /// query then costs it twice as much.
  @discardableResult
  package func execute(_ query: Query) async throws -> Outcome {
    var query = query
    query.settings["default_format"] = query.settings["default_format"] ?? "Native"
    return try await stream(query) { _ in }
  }

  /// Runs a statement that may run twice and comes to the same: on a cluster it is sent once more
  /// when a host went.
  package func executeRepeatable(_ query: Query) async throws {
    _ = try await onceMore { try await self.execute(query) }
  }

  /// Does something that is safe to do twice, and does it again when a server went.
  func onceMore<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
    guard cluster != nil else { return try await work() }
    do { return try await work() } catch let error as ClickHouseError where error.isOfLostHost {
      return try await work()
    }
  }

  /// Runs a query and hands its result on as it comes, in the format that the query names.
  ///
  /// - Parameters:
  ///   - query: a `SELECT … FORMAT …`; sent once, unless it says otherwise.
  ///   - sink: takes the result. When this method throws, what the sink got is not the result: it
  ///     may end in the middle, or with the text of the exception.
  /// - Returns: what is known of the query.
  /// - Throws: as every method here; what the sink threw.
  @discardableResult
  package func stream(_ query: Query, into sink: @escaping BodySink) async throws -> Outcome {
    try await send(query, sqlInURL: false, body: { .bytes(Array(query.sql.utf8)) }, sink: sink)
  }

  /// Inserts data.
  ///
  /// - Parameters:
  ///   - query: an `INSERT INTO … FORMAT …` without the data.
  ///   - source: makes the data, in that format. An error of it breaks the request off; blocks that
  ///     the server had read whole by then may have been written.
  /// - Returns: what is known of the query.
  /// - Throws: as every method here; what the source threw.
  @discardableResult
  package func insert(_ query: Query, from source: @escaping BodySource) async throws -> Outcome {
    var query = query
    query.repetition = .never
    return try await insert(query) { source }
  }

  /// Inserts data that can be made again: if the query allows it, it is repeated when the answer
  /// did not come.
  ///
  /// - Parameters:
  ///   - query: an `INSERT INTO … FORMAT …` without the data.
  ///   - making: gives a source of the same data from its beginning, each time that it is called.
  /// - Returns: what is known of the query.
  /// - Throws: as ``insert(_:from:)``.
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

  /// Asks whether the server answers at all; needs no user.
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
        "the server at \(endpoint) did not tell its version; check that it is ClickHouse")
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

  /// Runs `work` with a server that can be connected to, if one of them can.
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
          after: exchange.setback(error), repeats: repeats, redirects: redirects,
          hasHandedOn: exchange.hasHandedOn, base: base, hasCredentials: endpoint.hasCredentials)
        switch step {
        case .giveUp: throw error
        case .follow(let other): (base, redirects) = (other, redirects + 1)
        case .again(let pause):
          repeats += 1
          try await Task.sleep(for: pause)
          // The first one may still be at work, and no two queries have one id.
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
        // The body of a failure is collected by Transport, and no business of the sink's.
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
      // A server that fails may break the connection, but has often said why before.
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
  package static let exceptionCode = "X-ClickHouse-Exception-Code"
  static let exceptionTag = "X-ClickHouse-Exception-Tag"
  package static let summary = "X-ClickHouse-Summary"
}

/// A value that a connection's thread and a task take turns with.
final class Shared<Value: Sendable>: Sendable {
  package let value: Mutex<Value>
  init(_ value: Value) { self.value = Mutex(value) }
}
