// What a load is made of: benchmark, dataset and paths, read and checked together. Runs nothing.

import BenchmarkSpec
import ExportPaths
import Failures
import Foundation
import ObservationGenerator
import Units
import Workspace

/// Everything a load is made of, read and checked before it begins.
package struct LoadPlan: Sendable {
  /// The benchmark, as asked for.
  package let benchmark: LoadBenchmark
  /// The benchmark's file and text.
  package let benchmarkFile: (name: String, text: String)
  /// What the data is.
  package let dataset: Dataset
  /// The dataset's file and text.
  package let datasetFile: (name: String, text: String)
  package let paths: [String: ExportPath]
  /// The benchmark's profile of settings.
  package let profile: SettingsProfile?
  /// What the paths read beyond table and view.
  package let objects: [SchemaObject]
  /// Which of several drivers this is; nil of one alone.
  package var driver: DriverShard?
  /// What the databases of several drivers are named after.
  package var shared: String?
  /// The command line, without secrets.
  package let arguments: [String]
  /// The version of exportbench.
  package let toolVersion: String
  /// Leave databases and server files there at the end.
  package let keep: Bool

  /// What is asked, with what the paths say of it.
  package var question: LoadTestQuestion { benchmark.question }

  /// Checks what only the parts together can show.
  ///
  /// - Throws: ``UserError`` for a window that is larger than the data, or for more rows than the
  ///   data has; ``ExportsError`` for a path or profile that is not there.
  package init(
    benchmark: LoadBenchmark, benchmarkFile: (name: String, text: String), dataset: Dataset,
    datasetFile: (name: String, text: String), pathsFolder: String? = nil, arguments: [String],
    toolVersion: String, keep: Bool
  ) throws {
    var benchmark = benchmark
    var names: [String] = []
    for name in benchmark.question.exports.compactMap(\.path) where !names.contains(name) {
      names.append(name)
    }
    let found = try Catalogue.paths(named: names, ownPaths: pathsFolder)
    let paths = Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0) })
    self.paths = paths
    for place in benchmark.question.exports.indices {
      let export = benchmark.question.exports[place]
      let window = TimeSpan(milliseconds: export.windowMs ?? 0)
      guard window <= dataset.span else {
        throw UserError(
          .input,
          "\(benchmarkFile.name): the window \(window) is larger than the data, which spans "
            + "\(dataset.span) (\(datasetFile.name)); give a shorter one, or the dataset more days")
      }
      benchmark.question.exports[place].needsView =
        export.path.flatMap { paths[$0]?.reads } != Workspace.table
    }
    let question = benchmark.question
    guard !question.cells.isEmpty else {
      throw UserError(
        .input,
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
      throw UserError(
        .input,
        "\(benchmarkFile.name): \(most.what) needs up to \(Count(most.rows)) rows, and the data "
          + "has \(Count(truth.rows)) (\(datasetFile.name)); make it shorter or slower, or give "
          + "the dataset more observations")
    }
    for search in question.searches where search.target == .plain {
      guard let cell = question.cell(of: search, at: 1), !cell.streams.contains(where: \.needsView)
      else {
        throw UserError(
          .input,
          "\(benchmarkFile.name): the search '\(search.name)' exports from a view that is not "
            + "there; write 'view: with'")
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

  /// What several drivers must have alike: everything that phases follow from.
  ///
  /// - Throws: what encoding the question throws.
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

  /// How long the phases take at least, trials of searches apart, in milliseconds.
  package var leastMs: Double {
    Double(question.cells.count * question.rounds) * question.spanMs
  }
}
