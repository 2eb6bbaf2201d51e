// Which charts a report has.

import Analysis
import RunStore

extension Chart {
  /// The charts of a run, in the order of its report; none of what was not measured.
  package static func all(_ findings: Findings, _ records: Records) -> [Chart] {
    exports(findings) + anatomy(findings) + writeRatios(findings) + amplification(findings)
      + inserts(records) + load(findings) + storage(findings)
  }

  /// The charts of several runs side by side: peak memory and time of each path and window.
  package static func all(_ sweep: SweepFindings) -> [Chart] {
    let figures = [
      ("memory", "memory_peak_bytes", "Peak memory"), ("latency", "client_wall_ms", "Time"),
    ]
    let states = sweep.members.flatMap(\.findings.summary.mergeStates).uniqued()
    return states.flatMap { state in
      figures.compactMap { name, figure, title in
        let points = points(sweep, state, figure)
        guard let unit = points.first?.row?.unit, let scale = scale(points, unit: unit)
        else { return nil }
        return Chart(
          "\(name)-\(state)", .exports, "\(title) of each run, \(state)",
          "Medians with their 95 % intervals, on a logarithmic scale." + leftOut(sweep, state),
          table: points.table("", group: "window", name: "path", series: "run")
        ) { canvas in
          DotChart(points: points, scale: scale).specification(canvas)
        }
      }
    }
  }

  /// Which answers are wrong, and so not drawn; a sentence after a space, or nothing.
  private static func leftOut(_ sweep: SweepFindings, _ state: String) -> String {
    let places = sweep.members.flatMap { member in
      let findings = member.findings
      return WrongRows.places(
        findings.summary, state, paths: findings.manifest.paths.map(\.name)
      ).map { "\(member.name): \($0)" }
    }
    guard !places.isEmpty else { return "" }
    return " Left out, because of wrong rows: \(places.joined(separator: "; "))."
  }

  private static func points(_ sweep: SweepFindings, _ state: String, _ figure: String)
    -> [ChartPoint]
  {
    let windows = sweep.members.flatMap { $0.findings.summary.windows(state) }.uniqued()
    let paths = sweep.members.flatMap { $0.findings.manifest.paths.map(\.name) }.uniqued()
    return windows.flatMap { window in
      paths.flatMap { path in
        sweep.members.compactMap { member in
          guard
            let row = member.findings.summary.export(
              figure, mergeState: state, window: window, subject: path), row.median != nil,
            !row.isWrong
          else { return nil }
          return ChartPoint(row, group: window, name: path, series: member.name)
        }
      }
    }
  }
}
