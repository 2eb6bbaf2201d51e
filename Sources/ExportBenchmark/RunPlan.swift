// What a run is made of: benchmark, dataset and paths, read and checked together. Runs nothing.

import BenchmarkSpec
import ExportPaths
import Failures
import ObservationGenerator
import Units

/// Everything a run is made of, read and checked before it begins.
package struct RunPlan: Sendable {
  /// The benchmark, as asked for.
  package var benchmark: Benchmark
  /// The benchmark's file and text.
  package var benchmarkFile: (name: String, text: String)
  /// Where the rows come from.
  package let source: RunSource
  /// The paths, in the benchmark's order.
  package var paths: [ExportPath]
  /// The benchmark's profile of settings.
  package let profile: SettingsProfile?
  /// What the paths read beyond table and view.
  package let objects: [SchemaObject]
  /// The command line, without secrets.
  package var arguments: [String]
  /// The version of exportbench.
  package var toolVersion: String
  /// The most slices of one export: each is a query, and a part of one file's footer.
  package static let slicesMax = 10_000
  /// The most attempts that a run can plan: they are held in memory.
  package static let attemptsMax = 1_000_000
  /// Leave database and server files there at the end.
  package var keep: Bool
  /// This driver's share; nil where there is no other driver.
  package var driver: DriverShard?

  /// Checks what only the parts together can show.
  ///
  /// - Throws: ``UserError`` for a window that is larger than the data, or empty of data, for a
  ///   path that cuts a window into too many slices, for too many attempts, and for a leg of writes
  ///   that has more rows than the data, or a question that tables which are there cannot answer;
  ///   ``ExportsError`` for a profile, or something that a path needs, that is not there.
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
        throw UserError(
          .input,
          "the path \(path.name) cuts the window \(window) into more than \(Self.slicesMax) "
            + "slices; make its '-- slice: \(slice)' longer, or the window shorter")
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
          throw UserError(
            .input,
            "\(benchmarkFile.name): the window \(window) is \(Count(count)) slices of the path "
              + "\(path.name), and at most \(Count(ExportPath.slicesMax)) are exported; shorten it")
        }
      }
    }
    guard plan.count <= Self.attemptsMax else {
      throw UserError(
        .input,
        "\(benchmarkFile.name): \(Count(plan.count)) attempts are planned, and "
          + "\(Count(Self.attemptsMax)) are the most; ask for fewer repeats, windows or paths")
    }
  }

  /// The attempts in their order.
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
  /// Refuses windows and writes for which a dataset is too small.
  fileprivate func check(against dataset: Dataset, _ name: String, _ data: String) throws {
    for window in windows where window > dataset.span {
      throw UserError(
        .input,
        "\(name): the window \(window) is larger than the data, which spans \(dataset.span) "
          + "(\(data)); leave it out, or give the dataset more days")
    }
    guard !writes.isEmpty else { return }
    try writes.check(rows: dataset.truth().rows, benchmark: name, dataset: data)
  }

  /// Leaves of a benchmark what can be asked of tables that stay as they are.
  fileprivate mutating func confineToExistingTables(_ paths: [ExportPath], _ name: String) throws {
    guard !paths.isEmpty else {
      throw UserError(
        .input, "\(name) asks about writes, and --database is for exports of what is there")
    }
    guard memoryLimits == nil else {
      throw UserError(
        .input,
        "\(name) has 'memory_limits', which search windows up to the length of a dataset, and the "
          + "length of existing tables is not known; make a dataset like them with exportbench "
          + "profile, and give it as --dataset instead of --database")
    }
    if let path = paths.first(where: \.needsSession) {
      throw UserError(
        .input,
        "the path \(path.name) prepares something on the server, and with --database a run only "
          + "asks; leave it out")
    }
    mergeStates = [.found]
    writes = Writes()
    (rowsPerInsert, viewCodecs) = (nil, false)
    claims = claims.filter(\.isOfWhatIsThere)
  }
}
