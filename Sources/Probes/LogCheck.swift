// Checks before a measurement that the server writes the required logs. `run` and `doctor` share
// it.

import ClickHouseClient

package struct LogCheck: Sendable {
  package struct Finding: Sendable, Equatable {
    /// A required log is missing.
    package let isObstacle: Bool
    /// Such as `the server has no system.query_log`.
    package let finding: String
    /// Effect and remedy.
    package let meaning: String

    package var sentence: String { "\(finding): \(meaning)" }
  }

  /// A log, and what a run lacks without it.
  package struct Log: Sendable {
    /// The table in `system`.
    package let name: String
    package let without: String

    /// Peak memory, rows read, server times.
    package static let query = Log(
      name: "query_log", without: "no export has peak memory or rows read")
    /// Bytes and rows written by inserts and merges.
    package static let part = Log(
      name: "part_log", without: "columns on what inserts and merges wrote stay empty")
    /// The view's share of an insert.
    package static let views = Log(
      name: "query_views_log", without: "columns on the view's share of an insert stay empty")
    /// Which asynchronous inserts were flushed together.
    package static let gathered = Log(
      name: "asynchronous_insert_log",
      without: "columns on the server's work for asynchronous inserts stay empty")
  }

  /// Settings that every query needs to be logged, because the user's differ.
  package private(set) var settings: [String: String] = [:]
  package private(set) var findings: [Finding] = []
  /// The existing ones of these logs.
  package private(set) var present: [String] = []

  /// Everything except a flush is read-only.
  private static let reading = ["readonly": "2"]

  private let client: Client
  private let version: ServerVersion

  /// - Parameters:
  ///   - client: flushes logs if its user may; missing logs are recorded in its ``Client/logs``.
  ///   - needsQueryLog: a test query must appear in `query_log`.
  ///   - optional: logs that a run does not require.
  package init(
    _ client: Client, version: ServerVersion, needsQueryLog: Bool, optional: [Log]
  ) async throws {
    self.client = client.adding(Self.reading)
    self.version = version
    try await checkSettings(isNeeded: needsQueryLog)
    let flush = LogFlush(client, version: version, log: Log.query.name)
    let mayFlush = try await flush.all()
    if !findings.contains(where: \.isObstacle) {
      try await checkQueryLog(flush, isNeeded: needsQueryLog, mayFlush: mayFlush)
    }
    for log in optional { try await check(log, mayFlush: mayFlush) }
  }

  /// Checks only the settings.
  package static func settings(of client: Client) async throws -> [String: String] {
    var check = LogCheck(settingsOf: client)
    try await check.checkSettings(isNeeded: false)
    return check.settings
  }

  private init(settingsOf client: Client) {
    self.client = client.adding(Self.reading)
    version = ServerVersion(0, 0)
  }

  // MARK: - Settings

  /// Settings required for logging, and whether no log is written without them.
  private static let wanted: [(name: String, value: String, isObstacle: Bool)] = [
    ("log_queries", "1", true), ("log_queries_probability", "1", true),
    ("log_queries_min_query_duration_ms", "0", true),
    ("log_queries_min_type", "QUERY_START", true), ("log_profile_events", "1", false),
    ("log_query_views", "1", false),
  ]

  private struct Setting: Decodable {
    let name: String
    let value: String
    let changed: Int
  }

  private mutating func checkSettings(isNeeded: Bool) async throws {
    var query = Query(
      """
      SELECT name, toString(value) AS value, toInt64(changed) AS changed FROM system.settings
      WHERE has({names: Array(String)}, name)
      """)
    query.parameters["names"] = Parameter(Self.wanted.map(\.name))
    let found = try await client.rows(query, as: Setting.self)
    var fixed: [(now: String, wanted: String, isObstacle: Bool)] = []
    for wanted in Self.wanted {
      guard let setting = found.first(where: { $0.name == wanted.name }) else { continue }
      let now = setting.value
      // A sampled query sees 1 as its probability (25.8.2), and `log_queries` as drawn.
      let isEqual = now == wanted.value || Double(now).map { $0 == Double(wanted.value) } ?? false
      let isHidden =
        isEqual && wanted.name == "log_queries_probability" && setting.changed != 0
      guard isHidden || !isEqual else { continue }
      do {
        try await client.execute(Query("SELECT 1", settings: [wanted.name: wanted.value]))
        settings[wanted.name] = wanted.value
      } catch let error as ClickHouseError
        where ["SETTING_CONSTRAINT_VIOLATION", "READONLY"].contains(
          error.serverException?.name ?? "")
      {
        fixed.append(
          (
            isHidden ? "\(wanted.name) below 1" : "\(wanted.name) = \(now)",
            "\(wanted.name) = \(wanted.value)", wanted.isObstacle
          ))
      }
    }
    guard !fixed.isEmpty else { return }
    let isObstacle = fixed.contains(where: \.isObstacle)
    let (now, wanted) = (
      fixed.map(\.now).joined(separator: ", "), fixed.map(\.wanted).joined(separator: ", ")
    )
    findings.append(
      Finding(
        isObstacle: isNeeded && isObstacle,
        finding: "the user has \(now), which a query may not change",
        meaning: (isObstacle
          ? "queries are missing in system.query_log"
          : "columns that come from the server's logs stay empty")
          + "; the server's administrator has to set \(wanted) for the user, or to remove "
          + "the constraint"))
  }

  // MARK: - Logs

  private mutating func checkQueryLog(
    _ flush: LogFlush, isNeeded: Bool, mayFlush: Bool
  ) async throws {
    // Without a flush the server's interval decides when a row appears; do not wait for an optional
    // one.
    guard isNeeded || mayFlush else { return try await check(.query, mayFlush: false) }
    let id = Query.newID()
    var test = Query(
      "SELECT 1 FROM \(client.everyReplica("system.one"))",
      settings: client.passingOverTheLost.merging(settings) { $1 })
    test.queryID = id
    try await client.execute(test)
    var silent: [String] = []
    let isThere = try await flush.until(inDoubt: mayFlush) {
      silent = try await hostsWithout(id)
      return silent.isEmpty ? true : nil
    }
    guard isThere == nil else { return present.append(Log.query.name) }
    let (finding, remedy) =
      try await absence(of: Log.query) ?? Self.silence(of: silent, mayFlush: mayFlush)
    client.logs.miss(Log.query.name)
    findings.append(
      Finding(
        isObstacle: isNeeded, finding: finding,
        meaning: "without it \(Log.query.without); \(remedy)"))
  }

  /// The likely reason why a readable log has no row of a query, and a remedy.
  private static func silence(
    of hosts: [String], mayFlush: Bool
  ) -> (finding: String, remedy: String) {
    guard mayFlush else {
      return (
        "a query that ended \(LogFlush.timeout) ago is not in system.query_log\(places(hosts))",
        "GRANT SYSTEM FLUSH LOGS ON *.* to the user, or lower <flush_interval_milliseconds> of "
          + "<query_log> in the server's configuration"
      )
    }
    return (
      "system.query_log exists, but does not contain a query that just ended\(places(hosts))",
      "the server does not write it any more; enable <query_log> in its configuration"
    )
  }

  private mutating func check(_ log: Log, mayFlush: Bool) async throws {
    guard let (finding, remedy) = try await absence(of: log) else {
      return present.append(log.name)
    }
    // Without a flush, a log without a row may still get one.
    if mayFlush { client.logs.miss(log.name) }
    findings.append(
      Finding(
        isObstacle: false, finding: finding, meaning: "without it \(log.without); \(remedy)"))
  }

  private struct Host: Decodable { let host: String }

  /// The hosts of a cluster whose log lacks the test query; a single server has no host name.
  private func hostsWithout(_ id: String) async throws -> [String] {
    guard client.cluster != nil else {
      var query = Query(
        """
        SELECT '' AS host FROM system.query_log
        WHERE event_date >= yesterday() AND type = 'QueryFinish' AND query_id = {id: String}
        LIMIT 1
        """)
      query.parameters["id"] = Parameter(id)
      return try await client.rows(query, as: Host.self).isEmpty ? [""] : []
    }
    var query = Query(
      """
      SELECT concat(hostName(), ':', toString(tcpPort())) AS host
      FROM \(client.everyReplica("system.one"))
      WHERE host GLOBAL NOT IN (
        SELECT concat(hostName(), ':', toString(tcpPort()))
        FROM \(client.everyReplica("system.query_log"))
        WHERE event_date >= yesterday() AND type = 'QueryFinish'
          AND initial_query_id = {id: String})
      ORDER BY host
      """, settings: client.passingOverTheLost)
    query.parameters["id"] = Parameter(id)
    return try await client.rows(query, as: Host.self).map(\.host)
  }

  /// Why a log cannot be read, and a remedy; nil if it can.
  private func absence(of log: Log) async throws -> (finding: String, remedy: String)? {
    let enable = "enable <\(log.name)> in the server's configuration"
    let query = Query(
      "SELECT '' AS host FROM \(client.everyReplica("system.\(log.name)")) LIMIT 0",
      settings: client.passingOverTheLost)
    do {
      _ = try await client.rows(query, as: Host.self)
      return nil
    } catch let error as ClickHouseError
      where ["UNKNOWN_TABLE", "ACCESS_DENIED"].contains(error.serverException?.name ?? "")
    {
      guard error.serverException?.name == "UNKNOWN_TABLE" else {
        return (
          "the user may not read system.\(log.name)",
          "GRANT SELECT ON system.\(log.name) to the user"
        )
      }
      let place = client.cluster == nil ? "the server" : "a server of the cluster"
      return ("\(place) has no system.\(log.name)", enable)
    }
  }

  private static func places(_ hosts: [String]) -> String {
    let named = hosts.filter { !$0.isEmpty }
    return named.isEmpty ? "" : " of \(named.joined(separator: ", "))"
  }
}
