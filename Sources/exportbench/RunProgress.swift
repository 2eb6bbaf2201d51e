// The progress of `exportbench run` on standard error: steps, bars and failures.

import ExportBenchmark
import Reports
import Statistics
import Units

enum RunProgress {
  @Sendable static func tell(_ news: RunNews) {
    switch news {
    case .step(let words): Terminal.say(words)
    case .loaded(let rows, let total, let bytes, let seconds):
      Terminal.progress(
        ProgressLine(
          label: "loading", done: rows, total: total, elapsedSeconds: seconds, unit: "rows",
          bytes: bytes))
    case .writing(let progress, let seconds):
      Terminal.progress(
        ProgressLine(
          label: "inserts \(progress.leg)", done: progress.done, total: progress.total,
          elapsedSeconds: seconds, unit: "rounds"))
    case .measuring(let cell, let attempt, let total, let seconds, let known):
      Terminal.progress(
        ProgressLine(
          label: "\(cell.path.name) \(cell.window)\(cell.kind.label)\(soFar(known))",
          done: attempt - 1, total: total, elapsedSeconds: seconds, unit: "attempts"))
    case .probing(let probe):
      Terminal.progress(
        "\(probe.path) \(probe.window) in \(ByteCount(probe.limitBytes)), probe \(probe.probe)")
    case .failed(let sample):
      let reason =
        sample.status == .wrongRows && sample.errorMessage == nil
        ? "wrong rows: \(sample.resultRows.map { "\(Count($0))" } ?? "unknown") instead of "
          + "\(sample.expectedRows.map { "\(Count($0))" } ?? "unknown")"
        : sample.errorMessage ?? sample.errorName ?? "failed"
      let place = "\(sample.path) \(sample.window)\(sample.kind.label)"
      Terminal.say("\(place), attempt \(sample.attempt): \(reason)")
    case .wrong(let check, let differences):
      let what =
        check.status == .wrongRows ? "wrong rows" : "the answer could not be checked"
      Terminal.say(
        "\(check.path) at \(check.window) (\(check.mergeState)), \(what): "
          + check.finding(with: differences))
    }
  }

  /// Figures of a cell before its next attempt: `: 569 MiB ±8 % after 4`, `: wrong rows`.
  static func soFar(_ history: PeakHistory.Known) -> String {
    guard !history.isWrong else { return ": wrong rows" }
    guard let known = Estimate(history.peaks.map(Double.init)) else { return "" }
    let noise = known.interval.map { ($0.high - $0.low) / 2 / max(1, known.median) }
    return ": \(ByteCount(Int(known.median)))"
      + (noise.map { " ±\(fixed($0 * 100, 0)) %" } ?? "") + " after \(known.count)"
  }
}
