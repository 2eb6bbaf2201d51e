// `exportbench export`: one window as a Parquet file, along the path that was found to be best.

import ArgumentParser
import ClickHouseClient
import ExportPaths
import Probes
import Units
import WindowExports

/// Exports a window into a file.
struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Export one window of a table into a Parquet file, along any path.",
    discussion: """
      Works on any database with a table like Langfuse's observations; SELECT on it is enough for \
      a path of one statement. The file appears when it is whole: it has a footer that fits its \
      length, and as many rows as the server's log says, if that can be read. An answer that is \
      not ends with exit code 69 and no file. `exportbench list paths` says which paths there \
      are, and path@lean runs one under a profile of settings.

      EXAMPLE: exportbench export newest-row@lean --database mine --window 7d --output week.parquet

      EXAMPLE: exportbench export limit-by --database mine --from 2026-09-01 --to \
      2026-09-01T23:59:59.999 --output day.parquet

      \(ExitCodes.export.help)
      """)

  @Argument(help: "The export path, such as newest-row@lean.")
  var path = "newest-row@lean"

  @OptionGroup var server: ServerOptions

  @Option(help: "The database that holds the table.")
  var database = "exportbench"

  @OptionGroup var rows: WindowOptions

  @Option(help: "Settings for a path that names none itself: see exportbench list profiles.")
  var profile: String?

  @Option(help: "A folder with more export paths, each an .sql file.")
  var pathsDir: String?

  @Option(help: "The file, which must not exist.")
  var output: String

  @Flag(
    help: "Compare the file with a second look at the server, column by column: twice the work."
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
        "rows     \(Count(rows)) by its footer"
          + (result.isRowCountConfirmed
            ? ", as many as the server's log says"
            : "; the server's log could not be asked"))
    }
    if check {
      try Output.line("values   the same as at a second look at the server, in every column")
    }
  }
}
