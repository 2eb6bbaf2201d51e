// What of a load is no table: what a reader must know first, errors by code, thresholds as claims.

import Analysis
import BenchmarkSpec
import CSVRecords
import RunStore
import Units

extension LoadTestFindings {
  /// What a reader must know first.
  var warnings: [String] {
    limits.map(\.phase.label).uniqued().compactMap { label -> String? in
      let own = limits.filter { $0.phase.label == label }
      guard let first = own.first else { return nil }
      return "the harness itself was the limit in \(plural(own.count, "phase")) (\(label)), and "
        + "nothing is concluded from them: \(first.reasons.joined(separator: "; "))"
    }
      + unbalanced.map {
        "after phase \($0.phase) (\($0.label)) the table does not hold what was acknowledged: "
          + $0.imbalance
      }
      + changed.map {
        "in phase \($0.phase) (\($0.label)) exports did not arrive as the server returned them: "
          + ($0.exportsError ?? "\($0.otherRowsExports ?? 0) with another number of rows")
      }
      + phases.filter { $0.ending == .interrupted }.map {
        "phase \($0.phase) (\($0.label)) was interrupted after "
          + "\(FigureUnit.milliseconds.text($0.elapsedMs)); its requests until then count"
      }
      + (orphans == 0
        ? []
        : [
          "\(plural(orphans, "request")) of a phase that was cut off are in requests.csv and in no "
            + "figure"
        ])
  }

  /// Errors by code, phase by phase, with the first message of each.
  package var failures: [String] {
    lines.flatMap { line in
      line.errors.map { error in
        "\(line.stream) (\(line.label)): \(Count(error.count)) × \(error.name)"
          + (error.message.map { ": \($0)" } ?? "")
      }
    }
  }

  /// Thresholds as claims.
  var claims: [ClaimLine] {
    verdicts.map {
      ClaimLine(outcome: $0.outcome, statement: $0.threshold.statement, reason: $0.reason)
    }
  }

  /// What was made, in a line.
  var fact: String {
    let (question, made) = (question, phases.filter { $0.search == nil })
    let spans =
      "\(FigureUnit.milliseconds.text(Double(question.durationMs))) each after "
      + FigureUnit.milliseconds.text(Double(question.warmupMs))
    let streams = question.streams.map { stream in
      "\(stream.name) \(stream.pacing.words)"
        + (stream.rowsPerBatch.map { " of \(Count($0)) rows" } ?? "")
    }
    return "\(plural(made.count, "phase")) in \(plural(question.rounds, "round")), \(spans); "
      + streams.joined(separator: ", ")
  }
}

extension PhaseSample {
  /// What differs between the table and what was acknowledged.
  package var imbalance: String {
    "\(missingIDs ?? 0) ids lost, \(strangeIDs ?? 0) strange, \(doubledRows ?? 0) rows doubled, "
      + "\(viewMissingIDs ?? 0) ids not in the view"
  }
}

extension ArrivalProcess {
  /// `5 per second (poisson)`.
  package var words: String {
    let rate = significant(rate) + (rateTo.map { " to \(significant($0))" } ?? "")
    return schedule == .backToBack ? "back to back" : "\(rate) per second (\(schedule.rawValue))"
  }
}
