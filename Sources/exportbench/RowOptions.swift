// The options of `exportbench run` that choose the rows to export.

import ArgumentParser
import ClickHouseClient
import ExportBenchmark
import Failures
import ObservationGenerator

/// `--dataset`, `--database`, `--project`, `--to`.
struct RowOptions: ParsableArguments {
  @Option(
    help: "Dataset file, or a name in datasets/; several make a sweep.")
  var dataset: [String] = []

  @Option(help: "Measure the existing tables of this database; write nothing.")
  var database: String?

  @Option(help: "With --database: the project (default: the one with most rows).")
  var project: String?

  @Option(
    help: "With --database: inclusive end of all windows, such as 2026-09-30T12:00:00 (UTC).")
  var to: String?

  /// The rows that were asked for: those of existing tables, or of a dataset.
  ///
  /// - Parameters:
  ///   - besideBenchmark: the benchmark's own dataset file.
  ///   - keep: whether what the run makes is kept.
  /// - Returns: the rows.
  /// - Throws: ``UserError``, for example for options that exclude each other.
  func source(besideBenchmark: String, keep: Bool) throws -> RunSource {
    guard let database else {
      let extra = [project.map { _ in "--project" }, to.map { _ in "--to" }].compactMap(\.self)
      if let option = extra.first {
        throw UserError.usage("\(option) goes with --database; add it, or leave \(option) out")
      }
      let data = try InputFile(dataset.first ?? besideBenchmark, in: "datasets")
      return .dataset(
        try Dataset(yaml: data.text, file: data.name), file: (data.name, data.text))
    }
    if let option = [dataset.first.map { _ in "--dataset" }, keep ? "--keep" : nil]
      .compactMap(\.self).first
    {
      throw UserError.usage(
        "--database measures existing tables, and \(option) is for those that a run "
          + "makes; leave one of the two out")
    }
    return .found(
      ExistingTables(
        database: try Identifier(database), project: project,
        end: try to.map { try WindowOptions.moment($0, "--to") }))
  }
}
