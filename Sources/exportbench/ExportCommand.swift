// `exportbench export`: writes one window to a Parquet file.

import ArgumentParser
import ClickHouseClient
import ExportPaths
import Probes
import Units
import WindowExports

struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Export one window of a table to a Parquet file.",
    discussion: """
      Works on any database with a table like Langfuse's observations; SELECT on it is enough for \
      a path of one statement. The file appears only when it is complete: the footer matches its \
      length, and its row count matches the server's query log if that can be read. Otherwise the \
      exit code is 69 and there is no file. `exportbench list paths` lists the paths; path@lean \
      selects a profile of settings.

      EXAMPLE: exportbench export newest-row@lean --database mine --window 7d --output week.parquet

      EXAMPLE: exportbench export limit-by --database mine --from 2026-09-01 --to \
      2026-09-01T23:59:59.999 --output day.parquet

      \(ExitCodes.export.help)
      """)

  @Argument(help: "Export path, such as newest-row@lean.")
  var path = "newest-row@lean"

  @OptionGroup var server: ServerOptions

  @Option(help: "Database of the table.")
  var database = "exportbench"

  @OptionGroup var rows: WindowOptions

  @Option(help: "Profile of settings for a path without one; see exportbench list profiles.")
  var profile: String?

  @Option(help: "Folder with additional export paths, one .sql file each.")
  var pathsDir: String?

  @Option(help: "File to write; must not exist.")
  var output: String

  @Flag(
    help: "Compare the file with a second query, column by column; doubles the work."
  )
  var check = false

  func run() async throws {
    guard let path = try Catalogue.paths(named: [path], ownPaths: pathsDir).first else { return }
    let client = Client(
      try server.endpointOrAdvice(readOnly: !path.needsSession))
    var export = try WindowExport(
      from: try Identifier(database), on: client, by: path,
      under: try profile.map { try Catalogue.profile(named: $0) },
      log: Client(try server.endpointOrAdvice()))
    export.project = rows.project
    export.window = try rows.chosen()
    export.isCompared = check
    let chosen = export
    let result = try await ServerMemoryGuard.watch(client) { try await chosen.run(into: output) }
    for remark in result.remarks { Terminal.say("warning: \(remark)") }
    try Output.line("project  \(result.project)")
    try Output.line(
      "window   \(moment(result.range.lowerBound)) to \(moment(result.range.upperBound))")
    try Output.line(
      "file     \(ByteCount(result.bytes)) in \(significant(result.milliseconds / 1000)) s: "
        + output)
    if let rows = result.rows {
      try Output.line(
        "rows     \(Count(rows)) in the footer"
          + (result.isRowCountConfirmed
            ? ", as in the server's query log"
            : "; the server's query log could not be read"))
    }
    if check {
      try Output.line("values   equal to a second query, in every column")
    }
  }
}
