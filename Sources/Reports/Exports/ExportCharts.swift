// The charts of exports: memory, time, and their ratios to the baseline.

import Analysis

struct ExportCharts {
  let findings: Findings
  private var paths: [String] { findings.manifest.paths.map(\.name) }

  /// The charts, state by state.
  var all: [Chart] {
    let figures = [
      (name: "memory", figure: "memory_peak_bytes"), (name: "latency", figure: "client_wall_ms"),
    ]
    return findings.summary.mergeStates.flatMap { state in
      figures.flatMap { name, figure in
        [
          ofFigure(state, figure, name: name),
          ofRatio(state, figure, name: name + "-ratio"),
        ].compactMap(\.self)
      }
    }
  }

  private func title(_ figure: String) -> String {
    figure == "memory_peak_bytes" ? "Peak memory" : "Time"
  }

  /// A figure of each path and window.
  private func ofFigure(
    _ state: String, _ figure: String, name: String
  ) -> Chart? {
    let points = points(state, figure) { $0 }
    guard let first = points.first?.row,
      let scale = ChartScale(logarithmic: points.values, unit: first.unit)
    else { return nil }
    return Chart(
      "\(name)-\(state)", .exports, "\(title(figure)) over the window, \(state)",
      ["Medians with their 95 % intervals, on a logarithmic scale.", points.extremes]
        .filter { !$0.isEmpty }.joined(separator: " ") + leftOut(state),
      table: points.table("Peak", group: "window", name: "path")
    ) { canvas in
      specification(points, scale, canvas: canvas)
    }
  }

  /// The ratio of each path to the baseline, with the bound that a claim sets, and where it is 1.
  private func ofRatio(
    _ state: String, _ figure: String, name: String
  ) -> Chart? {
    let baseline = findings.manifest.baseline
    let points = points(state, figure) { path in
      path == baseline ? nil : "\(path)/\(baseline)"
    }
    let bounds = bounds(state, figure)
    guard !points.isEmpty,
      let scale = ChartScale(
        logarithmic: points.values + [1] + bounds.map(\.value), unit: nil)
    else { return nil }
    let crossovers = paths.filter { $0 != baseline }.flatMap {
      Crossover.all(in: findings.summary, figure: figure, subject: $0, baseline: baseline)
    }.filter { $0.mergeState == state && $0.windowMs != nil }
    // Between windows the place is interpolated; without both ends of its interval it is not sure.
    let crossings = crossovers.compactMap { row -> String? in
      guard let window = row.windowMs, let low = row.lowMs, let high = row.highMs else {
        return nil
      }
      let ends = [low, high].map(WindowChart.span).joined(separator: ", ")
      return "\(row.subject) \(row.crossing == .falls ? "needs less" : "needs more") than "
        + "\(baseline) from \(WindowChart.span(window)) [\(ends)] on."
    }
    return Chart(
      "\(name)-\(state)", .exports, "\(title(figure)) compared with \(baseline), \(state)",
      (["The median of the ratios within each repeat, with its 95 % interval; below 1 is less."]
        + crossings).joined(separator: " ") + leftOut(state),
      table: points.table("Ratio", group: "window", name: "path")
    ) { canvas in
      specification(
        points, scale,
        references: [ChartReference(value: 1, label: "equal to \(baseline)")] + bounds,
        // Bands of several paths would overlap.
        crossovers: crossovers.count <= 1 ? crossovers : [], canvas: canvas)
    }
  }

  /// Which answers are wrong, and so not drawn; a sentence after a space, or nothing.
  private func leftOut(_ state: String) -> String {
    WrongRows.leftOut(WrongRows.places(findings.summary, state, paths: paths))
  }

  /// The upper bounds of claims on a figure.
  private func bounds(_ state: String, _ figure: String)
    -> [ChartReference]
  {
    findings.manifest.claims.compactMap { claim in
      guard case .export(let name, _, let base, _, let states) = claim.ratio, name == figure,
        base == findings.manifest.baseline, states?.contains(state) != false,
        let bound = claim.atMost, bound > 0
      else { return nil }
      return ChartReference(value: bound, label: "claimed: at most \(bound)")
    }
  }

  private func points(
    _ state: String, _ figure: String, subject: (String) -> String?
  ) -> [ChartPoint] {
    findings.summary.windows(state).flatMap { window in
      paths.compactMap { path in
        guard let subject = subject(path),
          let row = findings.summary.export(
            figure, mergeState: state, window: window, subject: subject), row.median != nil,
          !row.isWrong
        else { return nil }
        return ChartPoint(row, group: window, name: path)
      }
    }
  }

  /// Lines over windows where there are several windows and few paths; else dots.
  private func specification(
    _ points: [ChartPoint], _ scale: ChartScale,
    references: [ChartReference] = [], crossovers: [Crossover] = [], canvas: Canvas
  ) -> JSON {
    let windows = points.map(\.group).uniqued().compactMap { name in
      points.first { $0.group == name }?.x.map { (name: name, ms: $0) }
    }
    guard windows.count >= 3, points.names.count <= WindowChart.mostPaths else {
      return DotChart(points: points, scale: scale, references: references).specification(canvas)
    }
    return WindowChart(
      points: points, paths: paths, windows: windows, scale: scale,
      references: references,
      crossovers: crossovers
    ).specification(canvas)
  }
}
