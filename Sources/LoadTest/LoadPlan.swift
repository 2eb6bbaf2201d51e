// Inputs of a load test: benchmark, dataset and paths, read and checked together.

import BenchmarkSpec
import ExportPaths
import Failures
import Foundation
import ObservationGenerator
import Units
import Workspace

package struct LoadPlan: Sendable {
  package let benchmark: LoadBenchmark
  package let benchmarkFile: (name: String, text: String)
  package let dataset: Dataset
  package let datasetFile: (name: String, text: String)
  package let paths: [String: ExportPath]
  package let profile: SettingsProfile?
  /// Schema objects that paths read besides table and view.
  package let objects: [SchemaObject]
  /// Share of this driver; nil for a single one.
  package var driver: DriverShard?
  /// Common name of the drivers' databases.
  package var shared: String?
  /// Without secrets.
  package let arguments: [String]
  package let toolVersion: String
  /// Keep the databases and the server's files.
  package let keep: Bool

  package var question: LoadTestQuestion { benchmark.question }

  /// Checks combinations of benchmark, dataset and paths.
  ///
  /// - Throws: ``UserError`` for a window longer than the data, or too few rows; ``ExportsError``
  ///   for a missing path or profile.
  package init(
    benchmark: LoadBenchmark, benchmarkFile: (name: String, text: String), dataset: Dataset,
    datasetFile: (name: String, text: String), pathsFolder: String? = nil, arguments: [String],
    toolVersion: String, keep: Bool
  ) throws {
    var benchmark = benchmark
    let names = benchmark.question.exports.compactMap(\.path).uniqued()
    let found = try Catalogue.paths(named: names, ownPaths: pathsFolder)
    let paths = Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0) })
    self.paths = paths
    for place in benchmark.question.exports.indices {
      let export = benchmark.question.exports[place]
      let window = TimeSpan(milliseconds: export.windowMs ?? 0)
      guard window <= dataset.span else {
        throw UserError.input(
          "\(benchmarkFile.name): the window \(window) is larger than the data, which spans "
            + "\(dataset.span) (\(datasetFile.name)); shorten it, or give the dataset more days")
      }
      benchmark.question.exports[place].needsView =
        export.path.flatMap { paths[$0]?.reads } != Workspace.table
    }
    let question = benchmark.question
    guard !question.cells.isEmpty else {
      throw UserError.input(
        "\(benchmarkFile.name): no phase is left, because every path reads the view; add 'with' to "
          + "'views'")
    }
    let truth = dataset.truth()
    var hungry = question.cells.map { (what: "'\($0.label)'", rows: question.rowsMax($0)) }
    for search in question.searches {
      var trial = question
      trial.durationMs = search.trialMs
      guard let cell = question.cell(of: search, at: search.highest) else { continue }
      hungry.append(("the search '\(search.name)'", trial.rowsMax(cell)))
    }
    if let most = hungry.max(by: { $0.rows < $1.rows }), most.rows > truth.rows {
      throw UserError.input(
        "\(benchmarkFile.name): \(most.what) needs up to \(Count(most.rows)) rows, but the data "
          + "has \(Count(truth.rows)) (\(datasetFile.name)); reduce duration or rate, or give "
          + "the dataset more observations")
    }
    for search in question.searches where search.target == .plain {
      guard let cell = question.cell(of: search, at: 1), !cell.streams.contains(where: \.needsView)
      else {
        throw UserError.input(
          "\(benchmarkFile.name): the search '\(search.name)' exports from a view that does not "
            + "exist; write 'view: with'")
      }
    }
    profile = try benchmark.profile.map { try Catalogue.profile(named: $0) }
    objects = try Catalogue.objects(for: found)
    self.benchmark = benchmark
    self.benchmarkFile = benchmarkFile
    self.dataset = dataset
    self.datasetFile = datasetFile
    self.arguments = arguments
    self.toolVersion = toolVersion
    self.keep = keep
  }

  /// Everything that must be equal for all drivers.
  package func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return [
      benchmarkFile.text, datasetFile.text,
      String(decoding: try encoder.encode(question), as: UTF8.self),
      paths.values.sorted { $0.name < $1.name }.map { $0.script(under: profile) }.joined(),
      toolVersion,
    ].joined(separator: "\n")
  }

  /// Minimum duration of the phases without searches, in milliseconds.
  package var leastMs: Double {
    Double(question.cells.count * question.rounds) * question.spanMs
  }
}
