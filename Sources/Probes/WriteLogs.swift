// What an insert wrote, and where: `system.part_log` and `system.query_views_log`.
//
// The two differ on purpose: the view's log counts what was handed to the view, the part log what
// was written. ReplacingMergeTree de-duplicates inside an insert block.

import ClickHouse

/// The rows and bytes that one insert wrote as new parts of one table.
public struct WrittenParts: Decodable, Sendable, Equatable {
  /// The insert's query id.
  public let queryID: String
  /// The table that the parts belong to; a view's inner table has a name such as `.inner_id.…`.
  public let table: String
  /// New parts.
  public let parts: Int
  /// Rows in them.
  public let rows: Int
  /// Their bytes on disk.
  public let bytes: Int
}

/// What one insert handed to the views behind its table.
public struct ViewWork: Decodable, Sendable, Equatable {
  /// The insert's query id.
  public let queryID: String
  /// Rows handed to the view.
  public let rows: Int
  /// Time in the view, in milliseconds.
  public let durationMs: Double
}

/// Reads the two logs of a server.
public struct WriteLogs: Sendable {
  private let client: Client
  private let partFlush: LogFlush
  private let viewFlush: LogFlush

  /// - Parameters:
  ///   - client: the server whose logs are read.
  ///   - version: the server's.
  public init(_ client: Client, version: ServerVersion) {
    self.client = client
    partFlush = LogFlush(client, version: version, log: "part_log")
    viewFlush = LogFlush(client, version: version, log: "query_views_log")
  }

  /// The new parts of these inserts, by insert and table; nil if some insert has none in time.
  public func parts(of queryIDs: [String]) async throws -> [WrittenParts]? {
    var query = Query(
      """
      SELECT query_id AS queryID, table, toInt64(count()) AS parts, toInt64(sum(rows)) AS rows,
        toInt64(sum(size_in_bytes)) AS bytes
      FROM system.part_log
      WHERE event_date >= yesterday() AND event_type = 'NewPart'
        AND has({ids: Array(String)}, query_id)
      GROUP BY query_id, table
      """)
    query.parameters["ids"] = Parameter(queryIDs)
    return try await partFlush.until {
      let found = try await client.rows(query, as: WrittenParts.self)
      return Set(found.map(\.queryID)).count >= queryIDs.count ? found : nil
    }
  }

  /// The views' work for these inserts; nil if some insert has none in time.
  public func views(of queryIDs: [String]) async throws -> [ViewWork]? {
    var query = Query(
      """
      SELECT initial_query_id AS queryID, toInt64(sum(read_rows)) AS rows,
        sum(view_duration_ms) + 0.0 AS durationMs
      FROM system.query_views_log
      WHERE event_date >= yesterday() AND status != 'QueryStart'
        AND has({ids: Array(String)}, initial_query_id)
      GROUP BY initial_query_id
      """)
    query.parameters["ids"] = Parameter(queryIDs)
    return try await viewFlush.until {
      let found = try await client.rows(query, as: ViewWork.self)
      return found.count >= queryIDs.count ? found : nil
    }
  }
}
