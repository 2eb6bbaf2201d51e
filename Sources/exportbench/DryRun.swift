// `--dry-run` of `exportbench run` and `exportbench load`: prints the plan and the SQL.

import BenchmarkSpec
import ClickHouseSQL
import ExportBenchmark
import Foundation
import LoadTest
import RunSession
import Units

/// Prints what a plan does.
enum DryRun {
  static func show(_ plan: RunPlan) throws {
    try show(plan.benchmark.writes)
    guard !plan.paths.isEmpty else { return }
    try Output.line(
      "\(plan.plan.count) attempts, \(plan.benchmark.warmups) warm-up of each path and window")
    try showWindows(of: plan)
    if let question = plan.benchmark.memoryLimits {
      let searches =
        plan.benchmark.mergeStates.count * plan.paths.count
        * (plan.benchmark.windows.count + question.limitsBytes.count)
      try Output.line(
        "memory limits: \(searches) searches of at most \(question.probesMax) exports under a "
          + "limit"
      )
    }
    try show(settings: plan.exportSettings)
    try showPaths(of: plan)
  }

  private static func showWindows(of plan: RunPlan) throws {
    switch plan.source {
    case .dataset(let dataset, _):
      let start = Date(timeIntervalSince1970: Double(dataset.start) / 1000)
      try Output.line("windows from \(start.formatted(.iso8601)):")
      for window in plan.benchmark.windows {
        let truth = dataset.truth(
          project: dataset.exportProject, window: dataset.window(window))
        try Output.line(
          "  \(window): \(Count(truth.currentRows)) observations in \(Count(truth.rows)) rows")
      }
    case .found(let tables):
      let end = tables.end.map { moment($0) } ?? "the newest start_time"
      let windows = plan.benchmark.windows.map(\.description).joined(separator: ", ")
      try Output.line("windows ending at \(end) in \(tables.database.name): \(windows)")
    }
  }

  private static func show(_ writes: Writes) throws {
    for leg in writes.legs {
      let several = leg.connections > 1 ? "\(leg.connections) × " : ""
      try Output.line(
        "inserts '\(leg.name)': \(leg.rounds) rounds × \(leg.inserts) × \(several)"
          + "\(Count(leg.rowsPerInsert)) rows, \(leg.mode.rawValue), with the view and without")
      try show(settings: leg.settings)
    }
  }

  private static func show(settings: [String: String]) throws {
    for (name, value) in SecretMask.masked(settings: settings).sorted(by: { $0.key < $1.key }) {
      try Output.line("SETTING \(name) = \(value)")
    }
  }

  private static func showPaths(of plan: some Planned) throws {
    for path in plan.listedPaths {
      try Output.line("\n-- \(path.name): \(path.idea)\n\(path.script(under: plan.profile))")
    }
  }

  static func show(_ plan: LoadPlan) throws {
    let question = plan.question
    let seconds = Int((plan.leastMs / 1000).rounded(.up))
    try Output.line(
      "\(question.cells.count) phases, \(question.rounds) times each: at least \(seconds) s of "
        + "requests, \(Count(question.preloadRows)) rows in the table before each")
    for cell in question.cells {
      let requests = cell.streams.map {
        "\(Count($0.arrivals.starts(within: question.spanMs).count)) × \($0.name)"
      }
      try Output.line("  \(cell.label): \(requests.joined(separator: ", "))")
    }
    for search in question.searches {
      try Output.line("search: \(search.name), at most \(search.trialsMax) trials")
    }
    for threshold in question.thresholds { try Output.line("threshold: \(threshold.statement)") }
    try showPaths(of: plan)
  }
}
