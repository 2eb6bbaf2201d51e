// `exportbench grants`: prints the grants that a command needs, as SQL.

import ArgumentParser
import ClickHouseClient
import ExportPaths

struct GrantsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grants",
    abstract: "Print the grants that a command needs, as SQL.",
    discussion: """
      load needs the grants of run. Grants marked "optional" may be omitted; the comment says what \
      is lost. Contacts no server. A prefix such as `exportbench_`*.* needs ClickHouse 24.10; on \
      an older version name the run's database instead.

      EXAMPLE: exportbench grants run --user bench

      EXAMPLE: exportbench grants verify --user reader --database mine

      \(ExitCodes.plain.help)
      """)

  @Argument(
    help: ArgumentHelp(
      "One of: \(Self.known). run-found is for run --database, guard for --max-server-memory, "
        + "cluster and cluster-run for --cluster. Default: all."))
  var command: String?

  @Option(help: "User that receives the grants.")
  var user = "bench"

  @Option(help: "Existing database that the command works in.")
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
