// Checks whether a server can be used for a run, and what limits its numbers. All queries are
// read-only.

import ExportPaths
import ClickHouseClient
import Foundation
import Probes
import Units
import Workspace

package struct ServerExamination {
  package let client: Client

  package init(_ client: Client) { self.client = client }

  /// At least one finding; why, if the server cannot be used. Throws only `CancellationError`; what
  /// the server refuses is a finding.
  package func observations() async throws -> [Observation] {
    let version: ServerVersion
    do { version = try await client.serverVersion() } catch let error as ClickHouseError {
      return [Observation("server", .obstacle, "\(client.endpoint) cannot be used", "\(error)")]
    }
    var found = [Self.judge(version)] + Self.defects(of: version)
    for look in [distance, logs, limits, settings, freeMemory, work, allocator, disk] {
      do { found += try await look() } catch let error as ClickHouseError {
        found.append(
          Observation("server", .caution, "some checks failed", "\(error)"))
      }
    }
    return found + (try await rights())
  }

  package static func judge(_ version: ServerVersion) -> Observation {
    let finding = "ClickHouse \(version)"
    if version < Workspace.oldestVersion {
      return Observation(
        "server", .obstacle, finding, "\(Workspace.oldestVersion) or newer is needed")
    }
    if version < ServerVersion(25, 6) {
      return Observation(
        "server", .caution, finding,
        "paths that read twice (newest-row…) need 25.6 and are refused here; newest-version is not")
    }
    // docs/reference/versions.md compares these; scripts/reference measures them.
    let measured = [(24, 8), (25, 5), (25, 8), (26, 3), (26, 9)]
    if !measured.contains(where: { $0 == (version.major, version.minor) }) {
      let versions = measured.map { "\($0).\($1)" }.joined(separator: ", ")
      return Observation(
        "server", .caution, finding,
        "results/reference has runs of \(versions) only: expect other numbers, and measure yours")
    }
    if version >= ServerVersion(26, 3) {
      return Observation(
        "server", .caution, finding,
        "since 26.3 FINAL skips no parts and partitions by time: mv-final reads all data of the "
          + "project for a short window; docs/reference/versions.md compares the versions")
    }
    return Observation("server", .good, finding)
  }

  static func defects(of version: ServerVersion) -> [Observation] {
    ServerDefect.all(of: version).map {
      Observation("known defect", .caution, "\($0.name): \($0.finding)", $0.advice)
    }
  }

  private struct Number: Decodable { let value: Double? }
  private struct Name: Decodable { let name: String }
  private struct Setting: Decodable {
    let name: String
    let value: String
  }

  private func distance() async throws -> [Observation] {
    var times: [Double] = []
    let clock = ContinuousClock()
    for _ in 0..<9 {
      let began = clock.now
      try await client.execute(Query("SELECT 1"))
      times.append((clock.now - began) / .milliseconds(1))
    }
    let median = times.sorted()[times.count / 2]
    let finding = "a trivial query takes \(significant(median)) ms"
    guard median > 20 else { return [Observation("distance", .good, finding)] }
    return [
      Observation(
        "distance", .caution, finding,
        "client-side times include the network; server_query_ms excludes it")
    ]
  }

  /// The same check as a run makes.
  private func logs() async throws -> [Observation] {
    // Flushing a log changes no user data, but read-only users may not.
    var endpoint = client.endpoint
    endpoint.guards.isReadOnly = false
    let asking = Client(endpoint, connectionsMax: 1)
    let check = try await LogCheck(
      asking, version: try await client.serverVersion(), needsQueryLog: true,
      optional: [.part, .views])
    var found = check.findings.map {
      Observation("logs", $0.isObstacle ? .obstacle : .caution, $0.finding, $0.meaning)
    }
    if !check.present.isEmpty {
      found.insert(
        Observation(
          "logs", .good,
          check.present.joined(separator: ", ")
            + (check.present.count == 1 ? " is there" : " are there")), at: 0)
    }
    if !check.settings.isEmpty {
      let settings = check.settings.keys.sorted().joined(separator: ", ")
      found.append(
        Observation(
          "logs", .good, "the user has other values of \(settings); a run sets them per query"))
    }
    return found
  }

  private func limits() async throws -> [Observation] {
    let limits = try await client.rows(
      Query(
        """
        SELECT name, toString(value) AS value FROM system.settings
        WHERE name IN ('max_memory_usage', 'max_memory_usage_for_user')
        UNION ALL
        SELECT name, toString(value) FROM system.server_settings
        WHERE name = 'max_server_memory_usage'
        """), as: Setting.self)
    let set = limits.compactMap { limit in
      Int(limit.value).flatMap { $0 > 0 ? (name: limit.name, bytes: $0) : nil }
    }.sorted { $0.bytes < $1.bytes }
    guard let least = set.first else {
      return [
        Observation(
          "memory limits", .caution, "none",
          "an export that grows without bound takes the machine's memory, and other queries with "
            + "it; set max_memory_usage for the run's user")
      ]
    }
    let finding = set.map { "\($0.name) \(ByteCount($0.bytes))" }.joined(separator: ", ")
    guard least.bytes < 4 << 30 else { return [Observation("memory limits", .good, finding)] }
    return [
      Observation(
        "memory limits", .caution, finding,
        "LIMIT 1 BY of wide rows takes more: such attempts fail, are recorded as failed, and "
          + "support no claim. Raise \(least.name), or choose shorter windows")
    ]
  }

  private func settings() async throws -> [Observation] {
    do {
      try await client.execute(Query("SELECT 1", settings: ["max_threads": "2"]))
      return []
    } catch let error as ClickHouseError {
      guard error.serverException != nil else { throw error }
      return [
        Observation(
          "settings", .obstacle, "the user may not change any",
          "a run sets threads, row groups and limits for each export: \(error)")
      ]
    }
  }

  /// Defaults that make a peak depend on what else is in memory.
  private func freeMemory() async throws -> [Observation] {
    var query = Query(
      "SELECT name, toString(value) AS value FROM system.settings"
        + " WHERE has({names: Array(String)}, name) AND value != '0' ORDER BY name")
    query.parameters["names"] = Parameter(FreeMemoryThreads.names + Self.spills)
    let found = try await client.rows(query, as: Setting.self)
    func list(_ names: [String]) -> String {
      found.filter { names.contains($0.name) }.map { "\($0.name) = \($0.value)" }
        .joined(separator: ", ")
    }
    let (threads, spills) = (list(FreeMemoryThreads.names), list(Self.spills))
    return [
      threads.isEmpty
        ? nil
        : Observation(
          "free memory", .caution, threads,
          "a query gets fewer threads while little memory is free, so its peak depends on other "
            + "queries; exports of exportbench set both to 0, so set them in your own exports too"),
      spills.isEmpty
        ? nil
        : Observation(
          "free memory", .good, spills,
          "a sort or aggregation spills to disk beyond this share of the free memory; a run "
            + "reports spilled bytes"),
    ].compactMap(\.self)
  }

  private static let spills = [
    "max_bytes_ratio_before_external_sort", "max_bytes_ratio_before_external_group_by",
  ]

  private func work() async throws -> [Observation] {
    struct Work: Decodable {
      let merges: Int
      let queries: Int
    }
    let query = Query(
      """
      SELECT (SELECT toInt64(count()) FROM system.merges) AS merges,
        (SELECT toInt64(count()) FROM system.processes) AS queries
      """)
    guard let now = try await client.rows(query, as: Work.self).first else { return [] }
    // One of the queries is this one.
    let others = max(0, now.queries - 1)
    let finding = "\(now.merges) merges and \(others) other queries are running"
    guard now.merges > 0 || others > 0 else { return [Observation("work", .good, finding)] }
    return [
      Observation(
        "work", .caution, finding,
        "they share processors, disks and the server's resident set with each export: times and "
          + "server RSS include them; a query's own peak does not. Wait, or add repeats")
    ]
  }

  private func allocator() async throws -> [Observation] {
    let metrics = try await client.rows(
      Query("SELECT value FROM system.asynchronous_metrics WHERE metric = 'jemalloc.resident'"),
      as: Number.self)
    guard metrics.isEmpty else { return [] }
    return [
      Observation(
        "server's allocator", .caution, "no jemalloc figures",
        "columns of the server's allocator stay empty, so one memory source is missing")
    ]
  }

  private func disk() async throws -> [Observation] {
    guard let space = await DiskSpace.read(from: client) else {
      return [
        Observation(
          "server's disk", .caution, "its free space is not readable",
          "GRANT SELECT ON system.disks; a full disk would end a run")
      ]
    }
    let finding = "\(ByteCount(space.freeBytes)) of \(ByteCount(space.totalBytes)) free"
    guard space.freeBytes < MachineExamination.diskBytesMin else {
      return [Observation("server's disk", .good, finding)]
    }
    return [
      Observation("server's disk", .obstacle, finding, "free some space before a run loads data")
    ]
  }
}
