// Charts of a load test: server metrics per second, and response time percentiles per stream.

import Analysis
import BenchmarkSpec
import CSVRecords
import RunStore
import Statistics

struct LoadTestCharts {
  private let findings: LoadTestFindings
  private let seconds: [SecondSample]

  init(_ findings: LoadTestFindings, _ seconds: [SecondSample]) {
    (self.findings, self.seconds) = (findings, seconds)
  }

  var all: [Chart] { percentiles + overTime }

  /// Response times of each stream in each kind of phase, alone and beside others.
  private var percentiles: [Chart] {
    let points = findings.lines.map(\.stream).uniqued().flatMap { stream in
      findings.lines.filter { $0.stream == stream }.flatMap { line in
        [(50.0, "p50"), (90, "p90"), (99, "p99")].compactMap { percent, series -> ChartPoint? in
          guard let ms = line.response.percentile(percent) else { return nil }
          return ChartPoint(
            group: stream, name: line.label, series: series, value: ms,
            label: FigureUnit.milliseconds.text(ms))
        }
      }
    }
    guard let scale = ChartScale(logarithmic: points.compactMap(\.median), unit: .milliseconds)
    else { return [] }
    return [
      Chart(
        "load-response", .loadTest, "Response times, from the intended start",
        "Percentiles over all rounds, on a logarithmic scale, of each stream alone and beside the "
          + "other.", table: points.table("", group: "stream", name: "during", series: "percentile")
      ) { canvas in
        DotChart(points: points, scale: scale).specification(canvas)
      }
    ]
  }

  private typealias Measure = (
    title: String, unit: FigureUnit, value: @Sendable (SecondSample) -> Double?
  )

  /// Parts, merges, memory and what waits, second by second: the median over the rounds, a line for
  /// each kind of phase, a chart with the view and one without.
  private var overTime: [Chart] {
    let measures: [Measure] = [
      (
        "active parts of table and view", .count,
        { look in look.tableParts.map { Double($0 + (look.viewParts ?? 0)) } }
      ),
      ("running merges", .count, { $0.runningMerges.map(Double.init) }),
      ("server's resident memory", .bytes, { $0.serverResidentBytes.map(Double.init) }),
      ("server's memory tracker", .bytes, { $0.serverTrackedBytes.map(Double.init) }),
      ("requests in flight", .count, { Double($0.inFlight) }),
      ("requests waiting for a connection", .count, { Double($0.waiting) }),
    ]
    let targets: [InsertTarget] = [.withView, .plain]
    return targets.compactMap { overTime($0, measures) }
  }

  private func overTime(
    _ target: InsertTarget, _ measures: [Measure]
  ) -> Chart? {
    let phases = findings.phases.filter { $0.target == target && $0.search == nil }
    let looks = Dictionary(grouping: seconds, by: \.phase)
    let found = measures.flatMap { points($0, phases, looks) }
    guard !found.isEmpty else { return nil }
    return Chart(
      "load-\(target == .plain ? "without" : "with")-view", .loadTest,
      "The server over a phase, \(target.words)",
      "Looks of each second since a phase began, warm-up included; the median over the rounds.",
      table: Table(
        title: "", headings: [],
        remarks: [Field(text: "\(plural(seconds.count, "look")), which seconds.csv has")])
    ) { canvas in
      TimeChart(
        points: found, xTitle: "seconds since the phase began",
        units: Dictionary(uniqueKeysWithValues: measures.map { ($0.title, $0.unit) })
      ).specification(canvas)
    }
  }

  private func points(
    _ measure: Measure, _ phases: [PhaseSample], _ looks: [Int: [SecondSample]]
  ) -> [ChartPoint] {
    let kinds = phases.map(\.label).uniqued().sorted()
    return kinds.flatMap { label -> [ChartPoint] in
      let name = String(label.prefix { $0 != "," })
      let own = phases.filter { $0.label == label }.flatMap { looks[$0.phase] ?? [] }
      let bySecond = Dictionary(grouping: own) { Int(($0.elapsedMs / 1000).rounded()) }
      return bySecond.sorted { $0.key < $1.key }.compactMap { second, looks in
        Statistics.median(looks.compactMap(measure.value)).map {
          ChartPoint(
            group: measure.title, name: name, series: "", x: Double(second), value: $0, label: "")
        }
      }
    }
  }
}
