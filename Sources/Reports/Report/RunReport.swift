// What the report of a run says.

import Analysis
import RunStore
import Units

extension Findings: Reportable {
  /// The report of a run, put together from the parts of its experiments.
  package var report: ReportModel {
    let experiments = reported
    return ReportModel(
      title: "exportbench  \(manifest.run)",
      facts: [
        (
          "engine",
          "ClickHouse \(manifest.engine.version) (\(manifest.engine.kind), "
            + "\(manifest.engine.source))"
        ),
        ("dataset", manifest.dataset.fact),
      ] + experiments.flatMap { $0.facts(self) },
      warnings: manifest.notes
        + (manifest.complete ? [] : ["this run is not complete: \(manifest.status)"])
        + [manifest.harness?.bottleneck].compactMap(\.self) + experiments.flatMap(\.warnings),
      tables: experiments.flatMap { $0.tables(self) },
      topics: experiments.flatMap { type(of: $0).topics }.uniqued() + [.other],
      troubles: troubles,
      claims: verdicts.map {
        ClaimLine(outcome: $0.outcome, statement: $0.claim.statement, reason: $0.reason)
      } + experiments.flatMap(\.claims),
      footnotes: Footnotes(summary).sentences)
  }

  package var environments: [Environment] { [Environment(manifest)] }

  /// Which driver of a distributed run recorded the folder.
  func driver(_ remark: String = "") -> [Fact] {
    manifest.driver.map { [("driver", "\($0): combine all with exportbench merge\(remark)")] } ?? []
  }
}

extension Manifest.Dataset {
  fileprivate var fact: String {
    guard let found = existingTables else {
      return "\(file): \(Count(rows)) rows, \(Count(unique)) unique ids, "
        + "\(Count(duplicates)) duplicates"
    }
    return "\(file), existing table: \(Count(rows)) rows of all versions and projects; "
      + "exported project \(found.project)"
  }
}
