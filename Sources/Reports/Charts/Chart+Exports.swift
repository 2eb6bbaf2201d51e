// Charts of exports: memory, time, and ratios to the baseline.

import Analysis
import CSVRecords

extension Chart {
  package static func exports(_ findings: Findings) -> [Chart] {
    let figures = [
      (name: "memory", figure: "memory_peak_bytes"), (name: "latency", figure: "client_wall_ms"),
    ]
    return findings.summary.mergeStates.flatMap { state in
      figures.flatMap { name, figure in
        [
          ofFigure(findings, state, figure, name: name),
          ofRatio(findings, state, figure, name: name + "-ratio"),
        ].compactMap(\.self)
      }
    }
  }

  private static func title(_ figure: String) -> String {
    figure == "memory_peak_bytes" ? "Peak memory" : "Time"
  }

  private static func ofFigure(
    _ findings: Findings, _ state: String, _ figure: String, name: String
  ) -> Chart? {
    let points = points(findings, state, figure) { $0 }
    guard let first = points.first?.row, let scale = scale(points, unit: first.unit)
    else { return nil }
    return Chart(
      "\(name)-\(state)", .exports, "\(title(figure)) over the window, \(state)",
      ["Medians with their 95 % intervals, on a logarithmic scale.", extremes(points)]
        .filter { !$0.isEmpty }.joined(separator: " ") + leftOut(findings, state),
      table: points.table("Peak", group: "window", name: "path")
    ) { canvas in
      specification(points, findings, state, scale, canvas: canvas)
    }
  }

  /// Ratios to the baseline, with claimed bounds and a line at 1.
  private static func ofRatio(
    _ findings: Findings, _ state: String, _ figure: String, name: String
  ) -> Chart? {
    let baseline = findings.manifest.baseline
    let points = points(findings, state, figure) { path in
      path == baseline ? nil : "\(path)/\(baseline)"
    }
    let bounds = bounds(findings, state, figure)
    guard !points.isEmpty,
      let scale = ChartScale(
        logarithmic: values(points) + [1] + bounds.map(\.value), unit: nil)
    else { return nil }
    let crossovers = findings.manifest.paths.map(\.name).filter { $0 != baseline }.flatMap {
      Crossover.all(in: findings.summary, figure: figure, subject: $0, baseline: baseline)
    }.filter { $0.mergeState == state && $0.windowMs != nil }
    // The crossover is interpolated between windows; without both ends of its interval it is not
    // drawn.
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
        + crossings).joined(separator: " ") + leftOut(findings, state),
      table: points.table("Ratio", group: "window", name: "path")
    ) { canvas in
      specification(
        points, findings, state, scale,
        references: [ChartReference(value: 1, label: "equal to \(baseline)")] + bounds,
        // Bands of several paths would overlap.
        crossovers: crossovers.count <= 1 ? crossovers : [], canvas: canvas)
    }
  }

  /// A sentence after a space that names wrong, undrawn answers, or nothing.
  private static func leftOut(_ findings: Findings, _ state: String) -> String {
    let places = WrongRows.places(
      findings.summary, state, paths: findings.manifest.paths.map(\.name))
    guard !places.isEmpty else { return "" }
    return " Omitted for wrong rows: \(places.joined(separator: "; "))."
  }

  private static func bounds(_ findings: Findings, _ state: String, _ figure: String)
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

  private static func points(
    _ findings: Findings, _ state: String, _ figure: String, subject: (String) -> String?
  ) -> [ChartPoint] {
    findings.summary.windows(state).flatMap { window in
      findings.manifest.paths.map(\.name).compactMap { path in
        guard let subject = subject(path),
          let row = findings.summary.export(
            figure, mergeState: state, window: window, subject: subject), row.median != nil,
          !row.isWrong
        else { return nil }
        return ChartPoint(row, group: window, name: path)
      }
    }
  }

  /// Lines for several windows and few paths; otherwise dots.
  private static func specification(
    _ points: [ChartPoint], _ findings: Findings, _ state: String, _ scale: ChartScale,
    references: [ChartReference] = [], crossovers: [Crossover] = [], canvas: Canvas
  ) -> JSON {
    let windows = points.map(\.group).uniqued().compactMap { name in
      points.first { $0.group == name }?.x.map { (name: name, ms: $0) }
    }
    guard windows.count >= 3, points.names.count <= WindowChart.mostPaths else {
      return DotChart(points: points, scale: scale, references: references).specification(canvas)
    }
    return WindowChart(
      points: points, paths: findings.manifest.paths.map(\.name), windows: windows, scale: scale,
      references: references,
      crossovers: crossovers
    ).specification(canvas)
  }

  static func values(_ points: [ChartPoint]) -> [Double] {
    points.flatMap { [$0.low, $0.median, $0.high].compactMap(\.self) }
  }

  static func scale(_ points: [ChartPoint], unit: FigureUnit?) -> ChartScale? {
    ChartScale(logarithmic: values(points), unit: unit)
  }

  /// Extremes of the last panel: `At 30d: limit-by 1.31 GiB, mv-final 707 MiB.`
  static func extremes(_ points: [ChartPoint]) -> String {
    guard let last = points.groups.last, points.names.count <= 4 else { return "" }
    let parts = points.filter { $0.group == last }.map { "\($0.name) \($0.label)" }
    return "At \(last): \(parts.joined(separator: ", "))."
  }
}
