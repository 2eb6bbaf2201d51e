// `exportbench cleanup`: what killed runs left, on a server and on this machine.

import ArgumentParser
import ClickHouseClient
import Foundation
import Probes
import Units
import Workspace

/// Removes what killed runs left.
struct CleanupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cleanup",
    abstract: "Remove what killed runs left: their databases on a server, and folders here.",
    discussion: """
      A database goes only if its comment says that exportbench made it for a run, no query is at \
      work in it, and none was for --older-than. What generate, migrate up and run --keep made \
      stays, as does every database without the mark. Here it removes the folders of embedded \
      servers whose process is gone. It can be cut short and run again.

      EXAMPLE: exportbench cleanup --dry-run

      EXAMPLE: exportbench cleanup --url https://clickhouse.example:8443 --older-than 1d

      \(ExitCodes.asking.help)
      """)

  @OptionGroup var server: ServerOptions

  @Option(help: "How long nothing must have happened in a database.")
  var olderThan = "1h"

  @Option(help: "Only this database.")
  var database: String?

  @Flag(help: "List what there is and what would be removed, and remove nothing.")
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
      Terminal.say("no --url and no CLICKHOUSE_URL, so no server is looked at")
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

  /// Down to the largest unit that there are two of.
  private static func rounded(_ span: TimeSpan) -> TimeSpan {
    let unit = [86_400_000, 3_600_000, 60_000].first { span.milliseconds >= 2 * $0 } ?? 1_000
    return TimeSpan(milliseconds: span.milliseconds / unit * unit)
  }

  private func reason(_ orphan: OrphanedDatabase) -> String {
    switch orphan.action {
    case .drop: ""
    case .keptOnPurpose: "somebody asked for it; drop it by hand when nobody needs it"
    case .inUse(let queries):
      "\(queries) quer\(queries == 1 ? "y is" : "ies are") at work in it"
    case .recent: "its run may still go on; it is not unused for \(olderThan) (--older-than)"
    case .unknownAge:
      "nothing tells when it was last used; --older-than 0s drops it all the same"
    }
  }
}
