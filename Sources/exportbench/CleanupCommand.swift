// `exportbench cleanup`: removes databases and folders that killed runs left.

import ArgumentParser
import ClickHouseClient
import Foundation
import Probes
import Units
import Workspace

struct CleanupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cleanup",
    abstract: "Remove databases and folders that killed runs left.",
    discussion: """
      Drops a database only if its comment marks it as made by exportbench for a run, no query \
      uses it, and none has used it for --older-than. Keeps databases made by generate, migrate up \
      and run --keep, and every database without the mark. On this machine it removes the folders \
      of embedded servers whose process has ended. It can be interrupted and run again.

      EXAMPLE: exportbench cleanup --dry-run

      EXAMPLE: exportbench cleanup --url https://clickhouse.example:8443 --older-than 1d

      \(ExitCodes.asking.help)
      """)

  @OptionGroup var server: ServerOptions

  @Option(help: "Minimum time since the last use of a database.")
  var olderThan = "1h"

  @Option(help: "Only this database.")
  var database: String?

  @Flag(help: "Print what would be removed; remove nothing.")
  var dryRun = false

  func run() async throws {
    let age = try TimeSpan(parsing: olderThan)
    let only = try database.map { try Identifier($0) }
    var removed = 0
    if let endpoint = try server.endpoint() {
      var endpoint = endpoint
      endpoint.guards.isReadOnly = dryRun
      let client = Client(endpoint)
      removed += try await ServerMemoryGuard.watch(client) {
        try await cleanServer(client, age, only)
      }
    } else {
      Terminal.say("no --url and no CLICKHOUSE_URL, so no server is checked")
    }
    if only == nil {
      for folder in OrphanedFolders.find() {
        try Output.line("\(dryRun ? "would remove" : "removing")  \(folder)")
        if !dryRun { try OrphanedFolders.remove(folder) }
        removed += 1
      }
    }
    if removed == 0 { try Output.line("nothing to remove") }
  }

  private func cleanServer(
    _ client: Client, _ age: TimeSpan, _ only: Identifier?
  ) async throws -> Int {
    let orphans = OrphanedDatabases(client)
    let found = try await orphans.find(olderThan: age, only: only)
    for orphan in found where orphan.action != .drop {
      try Output.line("kept          \(Self.line(orphan)): \(reason(orphan))")
    }
    let old = found.filter { $0.action == .drop }
    for orphan in old {
      try Output.line("\(dryRun ? "would drop" : "dropping")    \(Self.line(orphan))")
      if !dryRun { try await orphans.drop(orphan) }
    }
    return old.count
  }

  private static func line(_ orphan: OrphanedDatabase) -> String {
    let tables = "\(orphan.tables) table\(orphan.tables == 1 ? "" : "s")"
    let idle = orphan.idle.map { ", unused for \(Self.rounded($0))" } ?? ""
    return "\(orphan.database.name) (\(tables), \(ByteCount(orphan.bytes))\(idle))"
  }

  /// Rounded down to the largest unit with a value of at least two.
  private static func rounded(_ span: TimeSpan) -> TimeSpan {
    let unit = [86_400_000, 3_600_000, 60_000].first { span.milliseconds >= 2 * $0 } ?? 1_000
    return TimeSpan(milliseconds: span.milliseconds / unit * unit)
  }

  private func reason(_ orphan: OrphanedDatabase) -> String {
    switch orphan.action {
    case .drop: ""
    case .keptOnPurpose: "made on request (generate, migrate up or --keep); drop it by hand"
    case .inUse(let queries):
      "\(queries) quer\(queries == 1 ? "y uses" : "ies use") it"
    case .recent: "its run may be active; used within the last \(olderThan) (--older-than)"
    case .unknownAge:
      "its last use is unknown; --older-than 0s drops it"
    }
  }
}
