// Charts of a load test: server and schedule second by second, and percentiles of its streams.

import Analysis
import BenchmarkSpec
import CSVRecords
import RunStore
import Statistics
import Units

struct LoadTestCharts {
  let findings: LoadTestFindings

  var all: [Chart] { percentiles + overTime }

  /// Response times of each stream in each kind of phase, alone and beside others.
  private var percentiles: [Chart] {
    let points = findings.lines.grouped(by: \.stream).flatMap { stream, lines in
      lines.flatMap { line in
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
        "load-response", .loadTest, "Response times, from the due time",
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

  private static let longestTitle = "longest response of the second"

  /// The server's state and the slowest responses, second by second: the median over the rounds, a
  /// line for each kind of phase, a chart with the view and one without.
  private var overTime: [Chart] {
    let measures: [Measure] = [
      (
        "active parts of table and view", .count,
        { look in look.tableParts.map { Double($0 + (look.viewParts ?? 0)) } }
      ),
      ("running merges", .count, { $0.runningMerges.map(Double.init) }),
      ("bytes that merges read", .bytes, { $0.mergingBytes.map(Double.init) }),
      ("server's resident memory", .bytes, { $0.serverResidentBytes.map(Double.init) }),
      ("server's memory tracker", .bytes, { $0.serverTrackedBytes.map(Double.init) }),
      ("requests in flight", .count, { Double($0.inFlight) }),
      ("requests waiting for a connection", .count, { Double($0.waiting) }),
    ]
    let targets: [InsertTarget] = [.withView, .plain]
    return targets.compactMap { overTime($0, measures) }
  }

  private func overTime(_ target: InsertTarget, _ measures: [Measure]) -> Chart? {
    let records = findings.records
    let phases = findings.phases.filter { $0.target == target && $0.search == nil }
    let looks = measures.flatMap { measure in
      points(
        measure.title, phases,
        records.seconds.compactMap { look in
          measure.value(look).map { (look.phase, Int((look.elapsedMs / 1000).rounded()), $0) }
        })
    }
    let longest = points(Self.longestTitle, phases, longestResponses)
    guard !looks.isEmpty else { return nil }
    let file = records.timeline.isEmpty ? SecondSample.fileName : TimelineSample.fileName
    return Chart(
      "load-\(target == .plain ? "without" : "with")-view", .loadTest,
      "Server during a phase, \(target.words)",
      "One sample per second since the start of a phase, warm-up included; medians over rounds.",
      table: Table(
        title: "", headings: [],
        remarks: [Field("\(plural(records.seconds.count, "sample")) in \(file)")])
    ) { canvas in
      TimeChart(
        points: looks + longest, xTitle: "seconds since the phase began",
        units: Dictionary(uniqueKeysWithValues: measures.map { ($0.title, $0.unit) })
          .merging([Self.longestTitle: .milliseconds]) { $1 }
      ).specification(canvas)
    }
  }

  /// A value of one second of one phase.
  private typealias Moment = (phase: Int, second: Int, value: Double)

  /// By the second in which requests should have begun.
  private var longestResponses: [Moment] {
    let seconds = Dictionary(grouping: findings.records.requests) {
      [$0.phase, whole($0.scheduledMs / 1000)]
    }
    return seconds.compactMap { place, requests in
      requests.map(\.responseMs).max().map { (place[0], place[1], $0) }
    }
  }

  /// The median over the phases of each kind, second by second.
  private func points(
    _ title: String, _ phases: [PhaseSample], _ moments: [Moment]
  ) -> [ChartPoint] {
    let values = Dictionary(grouping: moments, by: \.phase)
    return phases.map(\.label).uniqued().sorted().flatMap { label -> [ChartPoint] in
      let own = phases.filter { $0.label == label }.flatMap { values[$0.phase] ?? [] }
      return Dictionary(grouping: own, by: \.second).sorted { $0.key < $1.key }
        .compactMap { second, moments in
          Statistics.median(moments.map(\.value)).map {
            ChartPoint(
              group: title, name: String(label.prefix { $0 != "," }), series: "",
              x: Double(second), value: $0, label: "")
          }
        }
    }
  }
}
