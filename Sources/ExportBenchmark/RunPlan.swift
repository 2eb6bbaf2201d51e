// Inputs of a run: benchmark, dataset and paths, read and checked together.

import BenchmarkSpec
import ExportPaths
import Failures
import ObservationGenerator
import RunSession
import RunStore
import Units

package struct RunPlan: Sendable {
  package var benchmark: Benchmark
  package var benchmarkFile: (name: String, text: String)
  package let source: RunSource
  package var paths: [ExportPath]
  package let profile: SettingsProfile?
  /// Schema objects that paths read besides table and view.
  package let objects: [SchemaObject]
  /// Without secrets.
  package var arguments: [String]
  package var toolVersion: String
  /// Maximum slices of an export; each is a query and adds to the file's footer.
  package static let slicesMax = 10_000
  /// Maximum planned attempts, which are kept in memory.
  package static let attemptsMax = 1_000_000
  /// Keep the database and the server's files.
  package var keep: Bool
  /// This driver's share; nil for a single driver.
  package var driver: DriverShard?

  /// Checks combinations of benchmark, dataset and paths.
  ///
  /// - Throws: ``UserError`` for a window without data or longer than the data, too many slices or
  ///   attempts, a leg with too many rows, or a question that existing tables cannot answer;
  ///   ``ExportsError`` for a missing profile or schema object.
  package init(
    benchmark: Benchmark, benchmarkFile: (name: String, text: String), source: RunSource,
    paths: [ExportPath], arguments: [String], toolVersion: String, keep: Bool
  ) throws {
    var benchmark = benchmark
    switch source {
    case .dataset(let dataset, let file):
      try benchmark.check(against: dataset, benchmarkFile.name, file.name)
    case .found: try benchmark.confineToExistingTables(paths, benchmarkFile.name)
    }
    for path in paths {
      for window in benchmark.windows {
        guard let slice = path.slice, window.milliseconds / slice.milliseconds >= Self.slicesMax
        else { continue }
        throw UserError.input(
          "the path \(path.name) divides the window \(window) into more than \(Self.slicesMax) "
            + "slices; increase its '-- slice: \(slice)', or shorten the window")
      }
    }
    profile = try benchmark.profile.map { try Catalogue.profile(named: $0) }
    objects = try Catalogue.objects(for: paths)
    self.benchmark = benchmark
    self.benchmarkFile = benchmarkFile
    self.source = source
    self.paths = paths
    self.arguments = arguments
    self.toolVersion = toolVersion
    self.keep = keep
    for path in paths {
      for window in benchmark.windows {
        let count = path.sliceCount(of: 1...Int64(window.milliseconds))
        guard count <= ExportPath.slicesMax else {
          throw UserError.input(
            "\(benchmarkFile.name): the window \(window) has \(Count(count)) slices of the path "
              + "\(path.name), at most \(Count(ExportPath.slicesMax)) are allowed; shorten it")
        }
      }
    }
    guard plan.count <= Self.attemptsMax else {
      throw UserError.input(
        "\(benchmarkFile.name): \(Count(plan.count)) attempts are planned, "
          + "\(Count(Self.attemptsMax)) are allowed; reduce repeats, windows or paths")
    }
  }

  /// Those of one run: a sweep has chosen among several values.
  package var tableSettings: TableSettings {
    TableSettings(benchmark.tableSettings.compactMapValues(\.first))
  }

  package var plan: Plan {
    var plan = Plan(
      mergeStates: benchmark.mergeStates, windows: benchmark.windows, paths: paths,
      kinds: benchmark.kinds, repeats: benchmark.repeats, warmups: benchmark.warmups,
      seed: benchmark.seed)
    plan.driver = driver
    return plan
  }
}

extension Benchmark {
  /// Refuses windows and writes that exceed the dataset.
  fileprivate func check(against dataset: Dataset, _ name: String, _ data: String) throws {
    for window in windows where window > dataset.span {
      throw UserError.input(
        "\(name): the window \(window) is larger than the data, which spans \(dataset.span) "
          + "(\(data)); remove it, or give the dataset more days")
    }
    guard !writes.isEmpty else { return }
    try writes.check(rows: dataset.truth().rows, benchmark: name, dataset: data)
  }

  /// Restricts a benchmark to what existing tables allow.
  fileprivate mutating func confineToExistingTables(_ paths: [ExportPath], _ name: String) throws {
    guard !paths.isEmpty else {
      throw UserError.input("\(name) measures writes, and --database only exports existing tables")
    }
    guard memoryLimits == nil else {
      throw UserError.input(
        "\(name) has 'memory_limits', which search windows up to the length of a dataset, and the "
          + "length of existing tables is unknown; derive a dataset from them with exportbench "
          + "profile, and use --dataset instead of --database")
    }
    if let path = paths.first(where: \.needsSession) {
      throw UserError.input(
        "the path \(path.name) writes to the server, and with --database a run only "
          + "reads; remove it")
    }
    mergeStates = [.found]
    writes = Writes()
    (rowsPerInsert, viewCodecs, tableSettings) = (nil, false, [:])
    claims = claims.filter(\.isOfWhatIsThere)
  }
}

extension RunPlan: Planned {
  package var rows: Manifest.Dataset { source.description }
  package var listedPaths: [ExportPath] { paths }
  package var settingsOfInserts: [[String: String]] {
    guard source.dataset != nil else { return [] }
    return [[:]] + benchmark.writes.legs.map(\.settings)
  }
}
