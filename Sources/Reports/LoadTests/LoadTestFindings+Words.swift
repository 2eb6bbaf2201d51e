// Text of a load test report: warnings, errors by code, thresholds as claims.

import Analysis
import BenchmarkSpec
import CSVRecords
import RunStore
import Units

extension LoadTestFindings {
  var warnings: [String] {
    limits.grouped(by: \.phase.label).map { label, own in
      "the harness was the bottleneck in \(plural(own.count, "phase")) (\(label)), and "
        + "they support no conclusions: \(own[0].reasons.joined(separator: "; "))"
    }
      + unbalanced.map {
        "after phase \($0.phase) (\($0.label)) the table differs from the acknowledged rows: "
          + $0.imbalance
      }
      + changed.map {
        "in phase \($0.phase) (\($0.label)) exports differ from what the server returned: "
          + ($0.exportsError ?? "\($0.otherRowsExports ?? 0) with a different number of rows")
      }
      + phases.filter { $0.outcome == .interrupted }.map {
        "phase \($0.phase) (\($0.label)) was interrupted after "
          + "\(FigureUnit.milliseconds.text($0.elapsedMs)); its requests up to then are counted"
      }
      + (orphans == 0
        ? []
        : [
          "\(plural(orphans, "request")) of an interrupted phase are in requests.csv but in no "
            + "figure"
        ])
  }

  package var failures: [String] {
    lines.flatMap { line in
      line.errors.map { error in
        "\(line.stream) (\(line.label)): \(Count(error.count)) × \(error.name)"
          + (error.message.map { ": \($0)" } ?? "")
      }
    }
  }

  var claims: [ClaimLine] {
    verdicts.map {
      ClaimLine(outcome: $0.outcome, statement: $0.threshold.statement, reason: $0.reason)
    }
  }

  var fact: String {
    let (question, made) = (question, phases.filter { $0.search == nil })
    let spans =
      "\(FigureUnit.milliseconds.text(Double(question.durationMs))) each after "
      + FigureUnit.milliseconds.text(Double(question.warmupMs))
    let streams = question.streams.map { stream in
      "\(stream.name) \(stream.arrivals.words)"
        + (stream.rowsPerBatch.map { " of \(Count($0)) rows" } ?? "")
    }
    return "\(plural(made.count, "phase")) in \(plural(question.rounds, "round")), \(spans); "
      + streams.joined(separator: ", ")
  }
}

extension PhaseSample {
  package var imbalance: String {
    "\(missingIDs ?? 0) ids lost, \(unexpectedIDs ?? 0) unexpected, "
      + "\(doubledRows ?? 0) rows duplicated, \(viewMissingIDs ?? 0) ids missing in the view"
  }
}

extension ArrivalProcess {
  /// For example `5 per second (poisson)`.
  package var words: String {
    let rate = significant(rate) + (rateTo.map { " to \(significant($0))" } ?? "")
    return schedule == .backToBack ? "back to back" : "\(rate) per second (\(schedule.rawValue))"
  }
}
