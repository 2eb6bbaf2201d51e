// Charts of a load test: server metrics per second, and response time percentiles per stream.

import Analysis
import BenchmarkSpec
import CSVRecords
import RunStore
import Statistics

extension Chart {
  package static func load(_ findings: Findings, _ records: Records) -> [Chart] {
    guard let loadTest = findings.loadTest else { return [] }
    return percentiles(loadTest) + overTime(loadTest, records)
  }

  /// Response times of each stream in each kind of phase.
  private static func percentiles(_ loadTest: LoadTestFindings) -> [Chart] {
    let points = loadTest.lines.map(\.stream).uniqued().flatMap { stream in
      loadTest.lines.filter { $0.stream == stream }.flatMap { line in
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
        "load-response", .load, "Response times, from the due time",
        "Percentiles over all rounds, on a logarithmic scale: each stream alone and with the "
          + "other.", table: points.table("", group: "stream", name: "during", series: "percentile")
      ) { canvas in
        DotChart(points: points, scale: scale).specification(canvas)
      }
    ]
  }

  private typealias Measure = (
    title: String, unit: FigureUnit, value: @Sendable (SecondSample) -> Double?
  )

  /// Median over the rounds per second: a line per kind of phase, a chart with the view and one
  /// without.
  private static func overTime(_ loadTest: LoadTestFindings, _ records: Records) -> [Chart] {
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
    return targets.compactMap { overTime(loadTest, records, $0, measures) }
  }

  private static func overTime(
    _ loadTest: LoadTestFindings, _ records: Records, _ target: InsertTarget, _ measures: [Measure]
  ) -> Chart? {
    let phases = loadTest.phases.filter { $0.target == target && $0.search == nil }
    let looks = Dictionary(grouping: records.seconds, by: \.phase)
    let found = measures.flatMap { points($0, phases, looks) }
    guard !found.isEmpty else { return nil }
    return Chart(
      "load-\(target == .plain ? "without" : "with")-view", .load,
      "Server during a phase, \(target.words)",
      "One sample per second from the start of the phase, including warm-up; median over rounds.",
      table: Table(
        title: "", headings: [],
        remarks: [Field(text: "\(plural(records.seconds.count, "sample")) in seconds.csv")])
    ) { canvas in
      TimeChart(
        points: found, xTitle: "seconds since the phase began",
        units: Dictionary(uniqueKeysWithValues: measures.map { ($0.title, $0.unit) })
      ).specification(canvas)
    }
  }

  private static func points(
    _ measure: Measure, _ phases: [PhaseSample], _ looks: [Int: [SecondSample]]
  ) -> [ChartPoint] {
    let kinds = phases.map(\.label).uniqued().sorted()
    return kinds.flatMap { label -> [ChartPoint] in
      let name = String(label.prefix { $0 != "," })
      let own = phases.filter { $0.label == label }.flatMap { looks[$0.phase] ?? [] }
      let seconds = Dictionary(grouping: own) { Int(($0.elapsedMs / 1000).rounded()) }
      return seconds.sorted { $0.key < $1.key }.compactMap { second, looks in
        Statistics.median(looks.compactMap(measure.value)).map {
          ChartPoint(
            group: measure.title, name: name, series: "", x: Double(second), value: $0, label: "")
        }
      }
    }
  }
}
