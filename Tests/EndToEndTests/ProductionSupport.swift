// A user with the rights that `exportbench grants` prints, and what a server looks like to whoever
// wants to know whether something was left behind.

import ClickHouseClient
import Engine
import Foundation
import TestSupport
import Testing

private struct One<Value: Decodable>: Decodable { let value: Value }

/// The administrator of the shared server.
struct Administrator {
  let server: EmbeddedServer
  let client: Client

  init() async throws {
    server = try await Shared.server
    client = Client(server.endpoint)
  }

  func run(_ sql: String) async throws { try await client.execute(Query(sql)) }

  /// The first column of a query that calls it `value`.
  func values<Value: Decodable>(
    _ sql: String, as type: Value.Type = String.self
  ) async throws -> [Value] {
    try await client.rows(Query(sql), as: One<Value>.self).map(\.value)
  }

  /// Makes a user with what `exportbench grants` prints for these lists, and nothing else.
  ///
  /// - Parameters:
  ///   - name: the user's name, and the password.
  ///   - lists: commands, or `guard`.
  ///   - database: where the commands work.
  ///   - without: statements that hold this are left out.
  /// - Returns: the environment in which the program is that user.
  /// - Throws: what the server says.
  func user(
    _ name: String, for lists: [String], on database: String, without: String? = nil
  ) async throws -> [String: String] {
    try await run("CREATE USER OR REPLACE \(name) IDENTIFIED BY '\(name)-pw'")
    for list in lists {
      let printed = try await Program.run(
        ["grants", list, "--user", name, "--database", database])
      #expect(printed.ending == .exit(0))
      for line in printed.output.split(separator: "\n") where line.hasPrefix("GRANT ") {
        if let without, line.contains(without) { continue }
        try await run(String(line.dropLast()))
      }
    }
    return environment(of: name)
  }

  func environment(of name: String, port: Int? = nil) -> [String: String] {
    [
      "CLICKHOUSE_URL": "http://127.0.0.1:\(port ?? server.endpoint.port)",
      "CLICKHOUSE_USER": name, "CLICKHOUSE_PASSWORD": "\(name)-pw",
    ]
  }

  /// Everything that a command could leave behind, line by line; the server's own logs apart.
  func inventory() async throws -> [String] {
    var lines: [String] = []
    for (what, sql) in [
      ("database", "SELECT name || ' ' || comment AS value FROM system.databases"),
      (
        "table",
        """
        SELECT database || '.' || name || ' ' || create_table_query AS value FROM system.tables
        WHERE database != 'system' AND NOT is_temporary
        """
      ),
      (
        "setting of a log",
        """
        SELECT name || ' ' || engine_full AS value FROM system.tables
        WHERE database = 'system' AND name LIKE '%_log'
        """
      ),
      ("user", "SELECT name || toString(auth_params) AS value FROM system.users"),
      ("role", "SELECT name AS value FROM system.roles"),
      ("profile", "SELECT name AS value FROM system.settings_profiles"),
      ("quota", "SELECT name AS value FROM system.quotas"),
      ("policy", "SELECT name AS value FROM system.row_policies"),
      (
        "grant",
        """
        SELECT concat(ifNull(user_name, ''), ' ', toString(access_type), ' ', ifNull(database, '*'),
          '.', ifNull(table, '*')) AS value
        FROM system.grants
        """
      ),
      ("setting", "SELECT name || value AS value FROM system.settings WHERE changed"),
      ("server's setting", "SELECT name || value AS value FROM system.server_settings"),
      ("function", "SELECT name AS value FROM system.functions WHERE origin != 'System'"),
      ("collection", "SELECT name AS value FROM system.named_collections"),
      ("query", "SELECT user AS value FROM system.processes WHERE query_id != queryID()"),
    ] {
      lines += try await values(sql).map { "\(what): \($0)" }
    }
    let logs = try await values(
      "SELECT toString(uuid) AS value FROM system.tables WHERE database = 'system'")
    return (lines + files(besides: Set(logs))).sorted()
  }

  /// Names of files below the server's folder, but for those of the logs and of what the server
  /// itself writes while it runs.
  private func files(besides logs: Set<String>) -> [String] {
    let data = "\(server.folder)/data"
    let all = FileManager.default.enumerator(atPath: data)?.compactMap { $0 as? String } ?? []
    return all.filter { path in
      let parts = path.split(separator: "/").map(String.init)
      let isLog = parts.contains { logs.contains($0) } || parts.contains("system")
      // A folder `store/abc` stays when the last table in it is gone.
      let isPrefix = parts.count <= 2 && parts[0] == "store"
      let isServers = parts[0] == "preprocessed_configs" || path.hasSuffix(".mark")
      return !isLog && !isPrefix && !isServers && !path.hasSuffix(".list")
    }.map { "file: \($0)" }
  }
}
