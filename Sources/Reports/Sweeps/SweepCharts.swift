// The charts of several runs side by side.

import Analysis

extension SweepFindings {
  /// The charts of the report: peak memory and time of each path and window.
  package var charts: [Chart] { SweepCharts(sweep: self).all }
}

private struct SweepCharts {
  let sweep: SweepFindings

  var all: [Chart] {
    let figures = [
      ("memory", "memory_peak_bytes", "Peak memory"), ("latency", "client_wall_ms", "Time"),
    ]
    let states = sweep.members.flatMap(\.findings.summary.mergeStates).uniqued()
    return states.flatMap { state in
      figures.compactMap { name, figure, title in
        let points = points(state, figure)
        guard let unit = points.first?.row?.unit,
          let scale = ChartScale(logarithmic: points.values, unit: unit)
        else { return nil }
        return Chart(
          "\(name)-\(state)", .exports, "\(title) of each run, \(state)",
          "Medians with their 95 % intervals, on a logarithmic scale." + leftOut(state),
          table: points.table("", group: "window", name: "path", series: "run")
        ) { canvas in
          DotChart(points: points, scale: scale).specification(canvas)
        }
      }
    }
  }

  /// Which answers are wrong, and so not drawn; a sentence after a space, or nothing.
  private func leftOut(_ state: String) -> String {
    let places = sweep.members.flatMap { member in
      let findings = member.findings
      return WrongRows.places(
        findings.summary, state, paths: findings.manifest.paths.map(\.name)
      ).map { "\(member.name): \($0)" }
    }
    return WrongRows.leftOut(places)
  }

  private func points(_ state: String, _ figure: String)
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
