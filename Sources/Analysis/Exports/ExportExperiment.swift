// Exports: each path in each window and merge state, and the check of its answer.

import RunStore

/// Exports of windows, and the answers of the paths.
package struct ExportExperiment: Experiment {
  package static let kinds: [any Filed.Type] = [
    Sample.self, VerificationSample.self, DifferenceSample.self,
  ]

  /// The last check of each answer.
  package let verifications: [VerificationSample]
  /// What was wrong with answers.
  package let differences: [DifferenceSample]
  /// Cells in which the memory sources contradict each other.
  package let disagreements: [Disagreement]
  /// What the greatest peak of each path in each cell promises.
  package let tails: [UpperTail]
  /// The most measured attempts of any cell: the repeats, as far as the run came.
  package let repeats: Int

  package init(_ run: RecordedRun) {
    let cells = exportCells(run.records, order: run.paths)
    verifications = last(run.records.verifications, by: \.place)
    differences = last(run.records.differences, by: \.place)
    disagreements = Disagreement.all(in: cells)
    tails = UpperTail.all(in: cells)
    repeats = cells.flatMap(\.subjects).map(\.tried).max() ?? 0
  }

  package func summaryRows(_ run: RecordedRun) -> [SummaryRow] {
    Self.summaryRows(run.records, paths: run.paths, baseline: run.manifest.baseline)
  }

  package static func summaryRows(
    _ records: Records, paths: [String], baseline: String
  ) -> [SummaryRow] {
    exportCells(records, order: paths).flatMap {
      $0.summaryRows(.export, baseline: baseline, countsWrongRows: true)
    }
  }

  package static func failedAttempts(_ records: Records) -> [FailedAttempt] {
    let exports = records.samples.filter { $0.status != .ok }.map { sample in
      FailedAttempt(
        place: "\(sample.path) at \(sample.window) (\(sample.mergeState))\(sample.kind.label)"
          + (sample.period == .warmup ? ", warm-up" : ""),
        kind: sample.status == .wrongRows ? "wrong rows" : sample.errorName,
        detail: sample.errorMessage
          ?? (sample.status == .wrongRows
            ? "\(sample.resultRows.csvText) instead of \(sample.expectedRows.csvText)" : nil))
    }
    let checks = last(records.verifications, by: \.place).filter { $0.status != .ok }
    return exports
      + checks.map { check in
        FailedAttempt(
          place: "answer of \(check.path) at \(check.window) (\(check.mergeState))",
          kind: check.status == .wrongRows ? "wrong rows" : check.errorName,
          detail: check.finding(with: records.differences))
      }
  }

  package static func listings(_ records: Records) -> [RowListing] {
    let ordinary = Set(records.samples.ordinary.map(\.attempt))
    func suffix(_ sample: Sample) -> String {
      (ordinary.contains(sample.attempt) ? "" : sample.kind.label)
        + (sample.period == .warmup ? ", warm-up" : "")
    }
    return [
      RowListing(
        records.samples,
        columns: [
          "attempt", "repeat", "status", "client_wall_ms", "server_query_ms", "server_cpu_ms",
          "memory_peak_bytes", "read_rows", "read_bytes", "result_rows",
        ],
        key: { source($0.mergeState, $0.window, $0.path + suffix($0)) },
        title: { "\($0.path) at \($0.window) (\($0.mergeState))\(suffix($0))" })
    ]
  }

  package static func sources(of row: SummaryRow) -> [RowGroup.Key] {
    guard row.scope == .export else { return [] }
    return row.subject.split(separator: "/").map {
      source(row.mergeState, row.window, String($0))
    }
  }

  /// The attempts on a path in a cell. `subject` is the path, and the label of a stage or consumer.
  static func source(_ mergeState: String?, _ window: String?, _ subject: String) -> RowGroup.Key {
    RowGroup.Key(Sample.self, mergeState: mergeState, window: window, subject: subject)
  }
}

extension Findings {
  /// Every answer compared with the ground truth.
  package var verifications: [VerificationSample] {
    self[ExportExperiment.self]?.verifications ?? []
  }

  /// What was wrong with answers.
  package var differences: [DifferenceSample] { self[ExportExperiment.self]?.differences ?? [] }

  /// Cells in which the memory sources contradict each other.
  package var disagreements: [Disagreement] { self[ExportExperiment.self]?.disagreements ?? [] }

  /// What the greatest peak of each path in each cell promises.
  package var tails: [UpperTail] { self[ExportExperiment.self]?.tails ?? [] }

  /// The most measured attempts of any cell.
  package var repeats: Int { self[ExportExperiment.self]?.repeats ?? 0 }

  /// Where a path overtakes the baseline in peak memory.
  package var crossovers: [Crossover] {
    manifest.paths.map(\.name).filter { $0 != manifest.baseline }.flatMap {
      Crossover.all(in: summary, figure: Crossover.figure, subject: $0, baseline: manifest.baseline)
    }
  }
}
