// The rows that `exportbench run` exports, and their server.

import ClickHouseClient
import ExportBenchmark
import ObservationGenerator
import RunSession

extension RunCommand {
  /// The existing tables or the dataset that the options select.
  func source(besideBenchmark: String) throws -> RunSource {
    guard let database else {
      let extra = [project.map { _ in "--project" }, to.map { _ in "--to" }].compactMap(\.self)
      if let option = extra.first {
        throw UsageError(sentence: "\(option) goes with --database; add it, or leave \(option) out")
      }
      let data = try InputFile(dataset.first ?? besideBenchmark, in: "datasets")
      return .dataset(
        try Dataset(yaml: data.text, file: data.name), file: (data.name, data.text))
    }
    if let option = [dataset.first.map { _ in "--dataset" }, keep ? "--keep" : nil]
      .compactMap(\.self).first
    {
      throw UsageError(
        sentence:
          "--database measures existing tables, and \(option) is for tables that a run "
          + "creates; use only one of them")
    }
    return .found(
      ExistingTables(
        database: try Identifier(database), project: project,
        end: try to.map { try WindowOptions.moment($0, "--to") }))
  }

  /// The server; with `--database` it must be an existing one.
  func chooseTarget() async throws -> Target {
    let target = try await server.target(engine: engine.first)
    guard database != nil else { return target }
    switch target {
    case .remote, .cluster: return target
    case .embedded, .embeddedCluster:
      throw UsageError(
        sentence: "--database measures existing tables, and a server started for the "
          + "run has none; give --url or CLICKHOUSE_URL")
    }
  }
}
