// `exportbench export`: one window as a Parquet file, along the path that was found to be best.

import ArgumentParser
import Bench
import ClickHouse
import Exports
import Probes
import Units

/// Exports a window into a file.
struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Export one window of a table into a Parquet file, along any path.",
    discussion: """
      Works on any database with a table like Langfuse's observations; SELECT on it is enough for \
      a path of one statement. The file appears when it is whole. `exportbench list paths` says \
      which paths there are, and path@lean runs one under a profile of settings.

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

  func run() async throws {
    guard let path = try Catalogue.paths(named: [path], ownPaths: pathsDir).first else { return }
    let client = Client(
      try server.endpointOrAdvice(readOnly: !path.needsSession))
    var export = try WindowExport(
      from: try Identifier(database), on: client, by: path,
      under: try profile.map { try Catalogue.profile(named: $0) })
    export.project = rows.project
    export.window = try rows.chosen()
    let chosen = export
    let result = try await ServerMemoryGuard.watch(client) { try await chosen.run(into: output) }
    print("project  \(result.project)")
    print("window   \(moment(result.range.lowerBound)) to \(moment(result.range.upperBound))")
    print(
      "file     \(ByteCount(result.bytes)) in \(significant(result.milliseconds / 1000)) s: "
        + output)
  }
}
