// Reads a profile: plans with estimates, reads within limits, reports what was read. Once rows are
// read, the server's messages are not passed on, because an exception may quote a value.

import ClickHouseClient
import ExistingTables
import Failures
import Foundation
import ObservationGenerator
import Probes
import Workspace

package final class Profiler {
  package let client: Client
  package let database: Identifier
  package let table: Identifier
  package let project: String?
  package let limits: ProfileLimits
  package let tell: (String) -> Void
  package var profile = Profile()
  /// Number of shards with about equal shares of the rows; a hash assigns a row to its shard.
  private var shards = 1
  /// Settings that a query needs to be logged.
  private var logSettings: [String: String] = [:]
  /// In the order of the readings.
  private var queryIDs: [String] = []

  /// - Parameters:
  ///   - project: only the rows of this project, or nil for all.
  ///   - tell: called with what will be read, and what was.
  package init(
    client: Client, database: Identifier, table: Identifier, project: String? = nil,
    limits: ProfileLimits = ProfileLimits(), tell: @escaping (String) -> Void = { _ in }
  ) {
    self.client = client
    self.database = database
    self.table = table
    self.project = project
    self.limits = limits
    self.tell = tell
  }

  /// - Throws: ``UserError`` of kind `server` or `usage`, and ``ClickHouseError``.
  package func run() async throws -> Profile {
    do { return try await measure() } catch let error as TooMuch { throw error.asFailure }
  }

  private func measure() async throws -> Profile {
    logSettings = try await LogCheck.settings(of: client)
    shards = try await Shard.count(of: client)
    let place = "\(database).\(table)"
    let sql = ProfileSQL(
      table: place, source: client.everyShard(place), columns: try await readColumns(),
      project: project)
    let whole = try await readRange(sql)
    try await readDays(whole, sql)
    profile.isWindowCut = profile.window != whole
    try await readPayload(sql)
    try await readCompression(sql)
    await readPeaks()
    return profile
  }

  // MARK: - Asking

  package func bounded(_ query: Query) -> Query {
    var query = query
    query.settings = limits.settings.merging(logSettings) { own, _ in own }
    query.settings["output_format_json_quote_64bit_integers"] = "0"
    query.logComment = "exportbench profile"
    query.database = database.name
    return query
  }

  /// The single row of a query, and what the query read.
  package func ask<Row: Decodable>(
    _ question: String, _ query: Query, as row: Row.Type = Row.self
  ) async throws -> Row {
    var query = bounded(query)
    query.sql += "\nFORMAT JSONEachRow"
    let collected = Collected()
    let outcome: Outcome
    do {
      outcome = try await client.stream(query) { collected.append($0) }
    } catch let error as ClickHouseError {
      throw unquoted(error, question)
    }
    profile.readings.append(reading(question, outcome))
    queryIDs.append(outcome.queryID)
    guard let row = try? JSONDecoder().decode(Row.self, from: collected.data) else {
      throw UserError.server("the result of the query for the \(question) has an unexpected form")
    }
    return row
  }

  private func unquoted(_ error: ClickHouseError, _ question: String) -> any Error {
    guard let exception = error.serverException, exception.name != "READONLY" else { return error }
    let remedy: String
    switch exception.name {
    case "TOO_MANY_ROWS": return TooMuch(question: question, bound: "--max-rows")
    case "TOO_MANY_BYTES": return TooMuch(question: question, bound: "--max-bytes")
    case "MEMORY_LIMIT_EXCEEDED": remedy = "; raise --max-memory, or lower --max-rows"
    case "TIMEOUT_EXCEEDED": remedy = "; raise --max-seconds, or lower --max-rows"
    case "ACCESS_DENIED": remedy = "; GRANT SELECT ON \(database).\(table) to the user"
    // Only the remedy: a cause may quote a value.
    default: remedy = exception.cause.map { "; \($0.remedy)" } ?? ""
    }
    return UserError.server(
      "the query for the \(question) failed with error \(exception.code), \(exception.name)"
        + remedy)
  }

  private func reading(_ question: String, _ outcome: Outcome) -> Profile.Reading {
    var reading = Profile.Reading(
      question: question, rows: outcome.summary?.readRows, bytes: outcome.summary?.readBytes,
      seconds: outcome.summary?.elapsedNanoseconds.map { Double($0) / 1e9 })
    reading.memoryPeakBytes = outcome.summary?.memoryUsage
    return reading
  }

  // Without a flush, which needs a separate grant: the server writes the log every few seconds. So
  // wait once, not after each query.
  private func readPeaks() async {
    struct Row: Decodable {
      let id: String
      let value: Int
    }
    let wanted = profile.readings.indices.filter { profile.readings[$0].memoryPeakBytes == nil }
    guard !wanted.isEmpty else { return }
    let query = bounded(
      Query(
        """
        SELECT query_id AS id, toInt64(memory_usage) AS value FROM system.query_log
        WHERE event_date >= yesterday() AND type = 'QueryFinish'
          AND has({ids:Array(String)}, query_id)
        """, parameters: ["ids": Parameter(wanted.map { queryIDs[$0] })]))
    for _ in 0..<20 {
      guard let rows = try? await client.rows(query, as: Row.self) else { return }
      for row in rows {
        guard let place = wanted.first(where: { queryIDs[$0] == row.id }) else { continue }
        profile.readings[place].memoryPeakBytes = row.value
      }
      if rows.count == wanted.count { return }
      do { try await Task.sleep(for: .milliseconds(500)) } catch { return }
    }
  }

  // MARK: - Planning

  private func readColumns() async throws -> Set<String> {
    struct Row: Decodable {
      let name, type: String
      let compressed, uncompressed: Int
    }
    let query = bounded(
      Query(
        """
        SELECT name, type, toInt64(data_compressed_bytes) AS compressed,
          toInt64(data_uncompressed_bytes) AS uncompressed
        FROM system.columns WHERE database = {database:String} AND table = {table:String}
        """,
        parameters: ["database": Parameter(database.name), "table": Parameter(table.name)]))
    let rows = try await client.rows(query, as: Row.self)
    let place = "\(database.name).\(table.name)"
    guard !rows.isEmpty else {
      throw UserError.server(
        "there is no \(place) that the user may see; give --database and --table")
    }
    for row in rows where row.compressed > 0 && ["input", "output", "metadata"].contains(row.name) {
      profile.compressionOnDisk[row.name] = Double(row.uncompressed) / Double(row.compressed)
    }
    let found = Set(rows.map(\.name))
    for name in ["id", "start_time"] where !found.contains(name) {
      throw UserError.server("\(place) has no column \(name), without which it has no profile")
    }
    profile.missing = Self.wanted.filter { !found.contains($0) }
    return found.intersection(Self.wanted)
  }

  private static let wanted = [
    "id", "start_time", "event_ts", "trace_id", "project_id", "environment", "type", "level",
    "provided_model_name", "is_deleted", "input", "output", "metadata",
  ]

  private func readRange(_ sql: ProfileSQL) async throws -> Profile.Window {
    let row = try await readTimeSpread(sql)
    guard let times = TimeSpread(row.groups, now: row.now) else {
      throw UserError.server(
        "\(database.name).\(table.name) is empty, and an empty table has no profile")
    }
    profile.tableRows = times.rows
    for rows in [times.earlier, times.later].compactMap(\.self) {
      profile.excluded.append(rows)
      tell("left out: \(rows.words), far from the others")
    }
    return Self.days(from: times.body.lowerBound, to: times.body.upperBound, rows: times.bodyRows)
  }

  /// By partition if those are by time, which reads no rows; otherwise by day, or as one group if
  /// that would read too much.
  private func readTimeSpread(_ sql: ProfileSQL) async throws -> TimeSpread.Row {
    let query = bounded(
      Query(
        """
        SELECT partition_key AS key FROM system.tables
        WHERE database = {database:String} AND name = {table:String}
        """,
        parameters: ["database": Parameter(database.name), "table": Parameter(table.name)]))
    let key = try await client.values(query, as: String.self).first ?? ""
    let question = "ends of the table"
    do {
      return try await ask(
        question, sql.timeSpread(by: key.contains("start_time") ? key : TimeSpread.day))
    } catch is TooMuch {
      return try await ask(question, sql.timeSpread(by: nil))
    }
  }

  /// Whole days. An outer day of which more than an hour (or the time of ten rows) is missing is
  /// excluded, unless it is the only one.
  package static func days(from first: Int64, to last: Int64, rows: Int) -> Profile.Window {
    let hour = max(3_600_000, 10 * (last - first) / Int64(max(1, rows)))
    let (outerFrom, outerTo) = (first - floorMod(first), last - floorMod(last) + dayMs)
    let from = first - outerFrom <= hour ? outerFrom : outerFrom + dayMs
    let to = outerTo - last <= hour ? outerTo : outerTo - dayMs
    let window =
      from < to ? Profile.Window(from: from, to: to) : Profile.Window(from: outerFrom, to: outerTo)
    let most = Int64(3_650) * dayMs
    return Profile.Window(from: max(window.from, window.to - most), to: window.to)
  }

  private static func floorMod(_ time: Int64) -> Int64 { (time % dayMs + dayMs) % dayMs }

  /// The longest range of newest days within the row limit by the server's estimate.
  func fit(
    _ whole: Profile.Window, rows: Int, _ sql: ProfileSQL
  ) async throws -> Profile.Window {
    struct Row: Decodable { let rows: Int }
    func estimate(_ days: Int) async throws -> Int {
      let window = Profile.Window(from: whole.to - Int64(days) * dayMs, to: whole.to)
      do {
        // An estimate reads no rows, but the limits would apply to the rows that it counts.
        var query = bounded(sql.estimate(window))
        query.settings["max_rows_to_read"] = nil
        query.settings["max_bytes_to_read"] = nil
        return try await client.rows(query, as: Row.self)
          .reduce(0) { $0 + shards * $1.rows }
      } catch let error as ClickHouseError { throw unquoted(error, "rows to read") }
    }
    if try await estimate(whole.days) <= rows { return whole }
    let least = try await estimate(1)
    guard least <= rows else {
      throw UserError.usage(
        "the newest day alone reads some \(least) rows, more than the \(rows) that "
          + "\(rows < limits.rowsMax ? "--max-bytes" : "--max-rows") allows; raise it, or name a "
          + "--project")
    }
    var (low, high) = (1, whole.days)
    while high - low > 1 {
      let middle = (low + high) / 2
      if try await estimate(middle) <= rows { low = middle } else { high = middle }
    }
    return Profile.Window(from: whole.to - Int64(low) * dayMs, to: whole.to)
  }
}

/// A row or byte limit ended a query.
struct TooMuch: Error {
  let question, bound: String

  var asFailure: UserError {
    UserError.server(
      "the query for the \(question) reads more than \(bound) allows; raise it, or name a "
        + "--project")
  }
}

/// A short response, collected on the connection's thread.
private final class Collected: @unchecked Sendable {
  private let lock = NSLock()
  private var bytes = Data()

  func append(_ chunk: UnsafeRawBufferPointer) { lock.withLock { bytes.append(contentsOf: chunk) } }
  var data: Data { lock.withLock { bytes } }
}
