// `exportbench run --dry-run`: the plan and the SQL, without a server.

import BenchmarkSpec
import ClickHouseSQL
import ExportBenchmark
import Foundation
import Units

extension RunCommand {
  /// Prints what a run would do.
  func show(_ plan: RunPlan) throws {
    try show(plan.benchmark.writes)
    guard !plan.paths.isEmpty else { return }
    try Output.line(
      "\(plan.plan.count) attempts, \(plan.benchmark.warmups) warm-up of each path and window")
    try showWindows(of: plan)
    if let frontier = plan.benchmark.frontier {
      let searches =
        plan.benchmark.mergeStates.count * plan.paths.count
        * (plan.benchmark.windows.count + frontier.limitsBytes.count)
      try Output.line(
        "frontier: \(searches) searches of at most \(frontier.probesMax) exports under a limit")
    }
    let settings = SecretMask.masked(settings: plan.exportSettings)
    for setting in settings.sorted(by: { $0.key < $1.key }) {
      try Output.line("SETTING \(setting.key) = \(setting.value)")
    }
    for path in plan.paths {
      try Output.line("\n-- \(path.name): \(path.idea)\n\(path.script(under: plan.profile))")
    }
  }

  private func showWindows(of plan: RunPlan) throws {
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
      try Output.line("windows that end at \(end) in \(tables.database.name): \(windows)")
    }
  }

  private func show(_ writes: Writes) throws {
    for leg in writes.legs {
      let several = leg.connections > 1 ? "\(leg.connections) × " : ""
      try Output.line(
        "inserts '\(leg.name)': \(leg.rounds) rounds × \(leg.inserts) × \(several)"
          + "\(Count(leg.rowsPerInsert)) rows, \(leg.mode.rawValue), with the view and without")
      for (name, value) in SecretMask.masked(settings: leg.settings).sorted(by: { $0.key < $1.key })
      {
        try Output.line("SETTING \(name) = \(value)")
      }
    }
  }
}
