// The design document's migration, up and down, in a database of the suite's.

import ArgumentParser
import ClickHouseClient
import ExportPaths
import Probes
import Workspace

/// `exportbench migrate up|down|show`
struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Make, undo or show the design document's materialized view.",
    discussion: """
      Works only in a database that exportbench made, which its comment says.

      EXAMPLE: exportbench migrate show --form clustered

      \(ExitCodes.asking.help)
      """,
    subcommands: [Up.self, Down.self, Show.self])

  /// `exportbench migrate up`
  struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make the database and the table if they are missing, and the view.",
      discussion: """
        EXAMPLE: exportbench migrate up --url http://localhost:8123 --database mine

        \(ExitCodes.asking.help)
        """)

    @OptionGroup var server: ServerOptions
    @Option(help: "The database to work in; made if it is missing.")
    var database = "exportbench"

    func run() async throws {
      let client = try server.client()
      let database = try Identifier(database)
      let made = try await ServerMemoryGuard.watch(client) {
        let workspace = try await NamedWorkspace.open(database, on: client)
        try await workspace.createTable()
        return try await workspace.migrateUp()
      }
      for name in made { try Output.line("up   \(name)") }
    }
  }

  /// `exportbench migrate down`
  struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Drop the view; the table stays.",
      discussion: """
        EXAMPLE: exportbench migrate down --url http://localhost:8123 --database mine

        \(ExitCodes.asking.help)
        """)

    @OptionGroup var server: ServerOptions
    @Option(help: "The database to work in.")
    var database = "exportbench"

    func run() async throws {
      let client = try server.client()
      let database = try Identifier(database)
      let dropped = try await ServerMemoryGuard.watch(client) {
        try await NamedWorkspace.open(database, on: client, create: false)
          .drop.view()
      }
      for name in dropped { try Output.line("down \(name)") }
    }
  }

  /// `exportbench migrate show`
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the SQL; asks no server.",
      discussion: """
        EXAMPLE: exportbench migrate show --form clustered

        \(ExitCodes.plain.help)
        """)

    @Option(help: "unclustered, or clustered: ON CLUSTER, with replicated engines.")
    var form = Migration.Form.unclustered

    func run() throws {
      for migration in try Catalogue.migrations(form) {
        try Output.line("-- \(migration.name).up.sql\n\(migration.up)")
        try Output.line("-- \(migration.name).down.sql\n\(migration.down)")
      }
    }
  }
}

extension Migration.Form: ExpressibleByArgument {}
