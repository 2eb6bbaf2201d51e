// What `exportbench run` is asked for: its plan, read from files and options, and printed for a dry
// run.

import Bench
import Exports
import Foundation
import Observations
import Units

extension RunCommand {
  /// Benchmark, dataset and paths as the command line asks for them.
  func readPlan() throws -> RunPlan {
    let file = try InputFile(benchmark, in: "Benchmarks")
    var benchmark = try Benchmark(yaml: file.text, file: file.name)
    let forExports = [
      paths == nil ? nil : "--paths", windows == nil ? nil : "--windows",
      profile == nil ? nil : "--profile",
    ]
    if benchmark.paths.isEmpty, let option = forExports.compactMap(\.self).first {
      throw UsageError(sentence: "\(option) is for exports, and \(file.name) asks for none")
    }
    if let paths { benchmark.paths = try Self.list(paths, "--paths") { $0 } }
    if let profile { benchmark.profile = profile }
    if let windows {
      benchmark.windows = try Self.list(windows, "--windows", TimeSpan.init(parsing:)).sorted()
      for window in benchmark.windows where !Benchmark.windowRange.contains(window) {
        throw UsageError(sentence: "--windows has \(window); a window is from 1s to 3660d")
      }
    }
    if let repeats {
      guard Benchmark.repeatsRange.contains(repeats) else {
        throw UsageError(sentence: "--repeats is \(repeats); it must be from 1 to 10000")
      }
      benchmark.repeats = repeats
    }
    benchmark.keepClaimsThatCanBeJudged()
    let besideBenchmark = URL(
      fileURLWithPath: benchmark.dataset,
      relativeTo: URL(fileURLWithPath: file.name).deletingLastPathComponent()
    ).standardizedFileURL.path
    let data = try InputFile(dataset ?? Self.relative(besideBenchmark), in: "datasets")
    return try RunPlan(
      benchmark: benchmark, benchmarkFile: (file.name, file.text),
      dataset: try Dataset(yaml: data.text, file: data.name),
      datasetFile: (data.name, data.text),
      paths: try Catalogue.paths(
        named: benchmark.paths, ownPaths: pathsDir),
      arguments: CommandLine.arguments.dropFirst().map { $0 }, toolVersion: toolVersion,
      keep: keep)
  }

  /// Prints what a run would do.
  func show(_ plan: RunPlan) {
    show(plan.benchmark.writes)
    guard !plan.paths.isEmpty else { return }
    let cells = plan.plan.cells
    print("\(cells.count) attempts, \(plan.benchmark.warmups) warm-up of each path and window")
    let start = Date(timeIntervalSince1970: Double(plan.dataset.start) / 1000)
    print("windows from \(start.formatted(.iso8601)):")
    for window in plan.benchmark.windows {
      let truth = plan.dataset.truth(
        project: plan.dataset.exportProject, window: plan.dataset.window(window))
      print("  \(window): \(Count(truth.survivors)) observations in \(Count(truth.rows)) rows")
    }
    if let frontier = plan.benchmark.frontier {
      let searches =
        plan.benchmark.mergeStates.count * plan.paths.count
        * (plan.benchmark.windows.count + frontier.limitsBytes.count)
      print(
        "frontier: \(searches) searches of at most \(frontier.probesMax) exports under a limit")
    }
    for setting in plan.benchmark.settings.sorted(by: { $0.key < $1.key }) {
      print("SETTING \(setting.key) = \(setting.value)")
    }
    for path in plan.paths {
      print("\n-- \(path.name): \(path.idea)\n\(path.script(under: plan.profile))")
    }
  }

  private func show(_ writes: Writes) {
    for leg in writes.legs {
      let several = leg.connections > 1 ? "\(leg.connections) × " : ""
      print(
        "inserts '\(leg.name)': \(leg.rounds) rounds × \(leg.inserts) × \(several)"
          + "\(Count(leg.rowsPerInsert)) rows, \(leg.mode.rawValue), with the view and without")
      for (name, value) in leg.settings.sorted(by: { $0.key < $1.key }) {
        print("SETTING \(name) = \(value)")
      }
    }
    if let load = writes.sustained {
      print(
        "inserts 'sustained': \(Count(load.inserts)) × \(Count(load.rowsPerInsert)) rows in "
          + "\(load.duration), \(load.mode.rawValue), with the view and without")
    }
  }

  /// What stands between commas: at least one thing, and none twice, as in a benchmark's file.
  private static func list<Element: Hashable>(
    _ text: String, _ option: String, _ read: (String) throws -> Element
  ) throws -> [Element] {
    let found = try text.split(separator: ",").map { try read(String($0)) }
    guard !found.isEmpty else {
      throw UsageError(sentence: "\(option) names nothing; give at least one, or leave it out")
    }
    guard Set(found).count == found.count else {
      throw UsageError(sentence: "\(option) \(text) names one twice; keep one of the two")
    }
    return found
  }

  private static func relative(_ path: String) -> String {
    let here = FileManager.default.currentDirectoryPath + "/"
    return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
  }
}
