// What `exportbench run` says while it goes on: steps, bars and failures, on standard error.

import Bench
import Reports
import Units

extension RunCommand {
  @Sendable static func tell(_ news: RunNews) {
    switch news {
    case .step(let words): Terminal.say(words)
    case .loaded(let rows, let total, let bytes, let seconds):
      Terminal.progress(
        ProgressLine(
          label: "loading", done: rows, total: total, elapsedSeconds: seconds, unit: "rows",
          bytes: bytes
        ).render(width: Terminal.width - 1))
    case .writing(let progress, let seconds):
      Terminal.progress(
        ProgressLine(
          label: "inserts \(progress.leg)", done: progress.done, total: progress.total,
          elapsedSeconds: seconds, unit: "rounds"
        ).render(width: Terminal.width - 1))
    case .measuring(let cell, let attempt, let total, let seconds):
      Terminal.progress(
        ProgressLine(
          label: "\(cell.path.name) \(cell.window)\(cell.kind.label)", done: attempt - 1,
          total: total,
          elapsedSeconds: seconds, unit: "attempts"
        ).render(width: Terminal.width - 1))
    case .probing(let probe):
      Terminal.progress(
        "\(probe.path) \(probe.window) in \(ByteCount(probe.limitBytes)), probe \(probe.probe)")
    case .failed(let sample):
      let reason =
        sample.status == .wrongRows
        ? "returned \(sample.resultRows.map { "\(Count($0))" } ?? "unknown") rows instead of "
          + "\(sample.expectedRows.map { "\(Count($0))" } ?? "unknown")"
        : sample.errorMessage ?? sample.errorName ?? "failed"
      let place = "\(sample.path) \(sample.window)\(sample.kind.label)"
      Terminal.say("\(place), attempt \(sample.attempt): \(reason)")
    case .wrong(let check):
      Terminal.say(
        "the answer of \(check.path) at \(check.window) (\(check.mergeState)) is wrong: "
          + check.finding)
    }
  }
}
