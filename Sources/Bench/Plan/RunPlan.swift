// What a run is made of: benchmark, dataset and paths, read and checked together. Runs nothing.

import Exports
import Observations
import Units

/// Everything a run is made of, read and checked before it begins.
public struct RunPlan: Sendable {
  /// The benchmark, as asked for.
  public var benchmark: Benchmark
  /// The benchmark's file and text.
  public var benchmarkFile: (name: String, text: String)
  /// What the data is.
  public var dataset: Dataset
  /// The dataset's file and text.
  public var datasetFile: (name: String, text: String)
  /// The paths, in the benchmark's order.
  public var paths: [ExportPath]
  /// The benchmark's profile of settings.
  public let profile: SettingsProfile?
  /// What the paths read beyond table and view.
  let objects: [SchemaObject]
  /// The command line, without secrets.
  public var arguments: [String]
  /// The version of exportbench.
  public var toolVersion: String
  /// The most slices of one export: each is a query, and a part of one file's footer.
  public static let slicesMax = 10_000
  /// The most attempts that a run can plan: they are held in memory.
  public static let attemptsMax = 1_000_000
  /// Leave database and server files there at the end.
  public var keep: Bool
  /// This driver's share; nil where there is no other driver.
  public var part: Part?

  /// Checks what only the parts together can show.
  ///
  /// - Throws: ``BenchError`` for a window that is larger than the data, or empty of data, for a
  ///   path that cuts a window into too many slices, for too many attempts, and for a leg of writes
  ///   that has more rows than the data; ``ExportsError`` for a profile, or something that a path
  ///   needs, that is not there.
  public init(
    benchmark: Benchmark, benchmarkFile: (name: String, text: String), dataset: Dataset,
    datasetFile: (name: String, text: String), paths: [ExportPath], arguments: [String],
    toolVersion: String, keep: Bool
  ) throws {
    for window in benchmark.windows where window > dataset.span {
      throw BenchError(
        .input,
        "\(benchmarkFile.name): the window \(window) is larger than the data, which spans "
          + "\(dataset.span) (\(datasetFile.name)); leave it out, or give the dataset more days")
    }
    for path in paths {
      for window in benchmark.windows {
        guard let slice = path.slice, window.milliseconds / slice.milliseconds >= Self.slicesMax
        else { continue }
        throw BenchError(
          .input,
          "the path \(path.name) cuts the window \(window) into more than \(Self.slicesMax) "
            + "slices; make its '-- slice: \(slice)' longer, or the window shorter")
      }
    }
    if !benchmark.writes.isEmpty {
      try benchmark.writes.check(
        rows: dataset.truth().rows, benchmark: benchmarkFile.name, dataset: datasetFile.name)
    }
    profile = try benchmark.profile.map { try Catalogue.profile(named: $0) }
    objects = try Catalogue.objects(for: paths)
    self.benchmark = benchmark
    self.benchmarkFile = benchmarkFile
    self.dataset = dataset
    self.datasetFile = datasetFile
    self.paths = paths
    self.arguments = arguments
    self.toolVersion = toolVersion
    self.keep = keep
    guard plan.count <= Self.attemptsMax else {
      throw BenchError(
        .input,
        "\(benchmarkFile.name): \(Count(plan.count)) attempts are planned, and "
          + "\(Count(Self.attemptsMax)) are the most; ask for fewer repeats, windows or paths")
    }
  }

  /// The attempts in their order.
  public var plan: Plan {
    var plan = Plan(
      mergeStates: benchmark.mergeStates, windows: benchmark.windows, paths: paths,
      kinds: benchmark.kinds, repeats: benchmark.repeats, warmups: benchmark.warmups,
      seed: benchmark.seed)
    plan.part = part
    return plan
  }
}
