// `exportbench migrate`: creates and drops the design document's view in a workspace database.

import ArgumentParser
import ClickHouseClient
import ExportPaths
import Probes
import Workspace

struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Create, drop or print the design document's materialized view.",
    discussion: """
      Works only in a database whose comment marks it as made by exportbench.

      EXAMPLE: exportbench migrate show --form clustered

      \(ExitCodes.asking.help)
      """,
    subcommands: [Up.self, Down.self, Show.self])

  struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Create the view, and the table if missing.",
      discussion: """
        EXAMPLE: exportbench migrate up --url http://localhost:8123 --database mine

        \(ExitCodes.asking.help)
        """)

    @OptionGroup var server: ServerOptions
    @Option(help: "Database; created if missing.")
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

  struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Drop the view and keep the table.",
      discussion: """
        EXAMPLE: exportbench migrate down --url http://localhost:8123 --database mine

        \(ExitCodes.asking.help)
        """)

    @OptionGroup var server: ServerOptions
    @Option(help: "Database of the view.")
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

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the migration's SQL.",
      discussion: """
        EXAMPLE: exportbench migrate show --form clustered

        \(ExitCodes.plain.help)
        """)

    @Option(help: "unclustered, or clustered (ON CLUSTER, replicated engines).")
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
