// `exportbench grants`: what a user needs, as SQL. Asks no server.

import ArgumentParser
import ClickHouseClient
import ExportPaths

/// Prints the grants of commands.
struct GrantsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grants",
    abstract: "Print the rights that a command needs, as SQL for an administrator.",
    discussion: """
      A load needs what run needs. What stands under "optional" may be left out; the \
      comment says what is lost. Asks no server. A prefix such as `exportbench_`*.* needs \
      ClickHouse 24.10; on an older one name the run's database instead.

      EXAMPLE: exportbench grants run --user bench

      EXAMPLE: exportbench grants verify --user reader --database mine

      \(ExitCodes.plain.help)
      """)

  @Argument(
    help: ArgumentHelp(
      "The list: \(Self.known). run-found is for run --database, guard for --max-server-memory, "
        + "cluster and cluster-run for --cluster. By default all."))
  var command: String?

  @Option(help: "The user.")
  var user = "bench"

  @Option(help: "The database that the command works in, where it is not one of its own.")
  var database = "exportbench"

  private static var known: String {
    ((try? Catalogue.grants()) ?? []).map(\.command).joined(separator: ", ")
  }

  func run() throws {
    let lists = try command.map { [try Catalogue.grants(for: $0)] } ?? Catalogue.grants()
    let (user, database) = ("\(try Identifier(user))", "\(try Identifier(database))")
    for (place, list) in lists.enumerated() {
      try Output.line((place > 0 ? "\n" : "") + "-- \(list.title)")
      var said = ""
      for grant in list.grants {
        let remark =
          grant.without.map { "optional: \(grant.purpose); without it: \($0)" } ?? grant.purpose
        if remark != said { try Output.line("-- \(remark)") }
        said = remark
        try Output.line(grant.statement(to: user, database: database))
      }
    }
  }
}
