// Rows of consumers.csv: the cost of each consumer for client and server. Empty if all exports were
// streamed.

import BenchmarkSpec
import CSVRecords
import RunStore
import Statistics

/// One figure of exports to one consumer.
package struct ConsumerRow: Equatable, Recorded {
  package var mergeState = ""
  package var window = ""
  /// In milliseconds.
  package var windowMs = 0
  package var path = ""
  package var consumer = Consumer.stream
  /// A column of samples.csv, or a derived figure.
  package var figure = ""
  package var unit = FigureUnit.count
  /// Number of attempts.
  package var n = 0
  package var median: Double?
  package var low: Double?
  package var high: Double?
  package var min: Double?
  package var max: Double?
  /// Failed measured attempts, excluded from the values.
  package var failed = 0
  /// As in summary.csv.
  package var wrongRows: Int?

  package init() {}

  package static let columns: [CSVColumn<ConsumerRow>] = [
    CSVColumn("merge_state", \.mergeState),
    CSVColumn("window", \.window),
    CSVColumn("window_ms", \.windowMs),
    CSVColumn("path", \.path),
    CSVColumn("consumer", \.consumer),
    CSVColumn("figure", \.figure),
    CSVColumn("unit", \.unit),
    CSVColumn("n", \.n),
    CSVColumn("median", \.median),
    CSVColumn("low", \.low),
    CSVColumn("high", \.high),
    CSVColumn("min", \.min),
    CSVColumn("max", \.max),
    CSVColumn("failed", \.failed),
    CSVColumn("wrong_rows", \.wrongRows),
  ]

  /// Figures of the client, and the server's peak, which a slow consumer could raise.
  package static let figures = [
    "driver_allocated_rise_bytes", "driver_rss_peak_bytes", "driver_cpu_ms", "client_wall_ms",
    "memory_peak_bytes", "received_bytes",
  ]

  /// By merge state, window, path and consumer.
  package static func all(_ records: Records, paths: [String]) -> [ConsumerRow] {
    let samples = records.samples
    let checks = AnswerChecks(records.verifications)
    let consumers = Set(samples.indices.compactMap { samples[$0].kind.consumer }).sorted()
    guard consumers.contains(where: { $0 != .stream }) else { return [] }
    let exports = samples.filter { $0.kind.stage == .export }
    let known = Sample.figures.filter { figures.contains($0.name) }
    let cells = consumers.map { consumer in
      (
        consumer,
        attemptCells(
          exports.filter { $0.kind.consumer == consumer }, order: paths, checks: checks)
      )
    }
    return attemptCells(exports, order: paths, checks: checks).flatMap { cell in
      cell.subjects.map(\.name).flatMap { path in
        cells.flatMap { consumer, cells -> [ConsumerRow] in
          let here = cells.first { $0.mergeState == cell.mergeState && $0.window == cell.window }
          guard let subject = here?[path] else { return [] }
          return known.map { ConsumerRow($0, of: subject, consumer, in: cell) }
        }
      }
    }
  }

  private init(
    _ figure: Figure<Sample>, of subject: Subject<Sample>, _ consumer: Consumer,
    in cell: Cell<Sample>
  ) {
    mergeState = cell.mergeState ?? ""
    window = cell.window ?? ""
    windowMs = cell.windowMs ?? 0
    path = subject.name
    self.consumer = consumer
    self.figure = figure.name
    unit = figure.unit
    failed = subject.failed
    wrongRows = subject.wrongRows
    guard let estimate = Estimate(subject.series(figure).values) else { return }
    n = estimate.count
    median = estimate.median
    low = estimate.interval?.low
    high = estimate.interval?.high
    min = estimate.minimum
    max = estimate.maximum
  }
}
