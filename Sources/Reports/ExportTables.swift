// The tables of exports: what each path costs, and where that goes.

import Results

/// For each state of merges the table of memory and time, and the smaller one of work.
struct ExportTables {
  private let summary: Summary
  private let paths: [String]
  private let baseline: String
  private let crossovers: [Crossover]

  init(_ findings: Findings) {
    summary = findings.summary
    paths = findings.manifest.paths.map(\.name)
    baseline = findings.manifest.baseline
    crossovers = findings.crossovers
  }

  var tables: [Table] { summary.mergeStates.flatMap { [cost($0), work($0)] } }

  private func cost(_ state: String) -> Table {
    var table = Table(
      title: "Exports, \(state)",
      headings: [
        .init(text: "window", kind: .text), .init(text: "rows", kind: .number),
        .init(text: "path", kind: .text), .init(text: "peak memory", kind: .number),
        .init(text: "", kind: .number), .init(text: "", kind: .bar),
        .init(text: "memory vs \(baseline)", kind: .text), .init(text: "time", kind: .number),
        .init(text: "", kind: .number), .init(text: "", kind: .bar),
      ])
    func row(_ figure: String, _ window: String, _ subject: String) -> SummaryRow? {
      summary.export(figure, mergeState: state, window: window, subject: subject)
    }
    for window in summary.windows(state) {
      let measured = measured(state, window)
      table.groupStarts.insert(table.rows.count)
      func most(_ figure: String) -> Double {
        measured.compactMap { row(figure, window, $0)?.median }.max() ?? 0
      }
      let (mostMemory, mostTime) = (most("memory_peak_bytes"), most("client_wall_ms"))
      for (place, path) in measured.enumerated() {
        let memory = row("memory_peak_bytes", window, path)
        let time = row("client_wall_ms", window, path)
        let ratio = row("memory_peak_bytes", window, "\(path)/\(baseline)")
        let exported = measured.lazy.compactMap { row("result_rows", window, $0) }.first
        table.rows.append([
          Field(text: place == 0 ? window : "", tone: .strong),
          place == 0 ? .figure(exported) : Field(),
          Field(text: path),
          .figure(memory), .noise(memory),
          Field(bar: share(memory, of: mostMemory)),
          path == baseline ? Field() : .ratio(ratio),
          .figure(time), .noise(time),
          Field(bar: share(time, of: mostTime)),
        ])
      }
    }
    table.remarks = crossovers.filter { $0.mergeState == state }.map(\.sentence)
    return table
  }

  private func work(_ state: String) -> Table {
    let figures = [
      ("rows read", "read_rows"), ("bytes read", "read_bytes"), ("server CPU", "server_cpu_ms"),
      ("server RSS +", "server_rss_rise_bytes"), ("driver heap +", "driver_allocated_rise_bytes"),
    ]
    var table = Table(
      title: "Work behind it, \(state)",
      headings: [.init(text: "window", kind: .text), .init(text: "path", kind: .text)]
        + figures.map { .init(text: $0.0, kind: .number) },
      remarks: ["+ is the peak above what was in use before the attempt"])
    for window in summary.windows(state) {
      table.groupStarts.insert(table.rows.count)
      for (place, path) in measured(state, window).enumerated() {
        table.rows.append(
          [Field(text: place == 0 ? window : "", tone: .strong), Field(text: path)]
            + figures.map { _, figure in
              .figure(
                summary.export(figure, mergeState: state, window: window, subject: path))
            })
      }
    }
    return table
  }

  private func measured(_ state: String, _ window: String) -> [String] {
    paths.filter { path in
      summary.export("client_wall_ms", mergeState: state, window: window, subject: path) != nil
        || summary.export("memory_peak_bytes", mergeState: state, window: window, subject: path)
          != nil
    }
  }

  private func share(_ row: SummaryRow?, of most: Double) -> Double? {
    guard let median = row?.median, most > 0 else { return nil }
    return median / most
  }
}
