// What the report of a run says.

import Analysis
import RunStore
import Units

/// The report of a run, put together from the parts of its experiments.
package struct RunReport {
  let findings: Findings

  package init(_ findings: Findings) { self.findings = findings }

  package var model: ReportModel {
    let (manifest, experiments) = (findings.manifest, findings.reported)
    return ReportModel(
      title: "exportbench  \(manifest.run)",
      facts: [
        (
          "engine",
          "ClickHouse \(manifest.engine.version) (\(manifest.engine.kind), "
            + "\(manifest.engine.source))"
        ),
        ("dataset", Self.dataset(manifest.dataset)),
      ] + experiments.flatMap { $0.facts(findings) },
      warnings: manifest.notes
        + (manifest.complete ? [] : ["this run is not complete: \(manifest.status)"])
        + [manifest.harness?.bottleneck].compactMap(\.self) + experiments.flatMap(\.warnings),
      tables: experiments.flatMap { $0.tables(findings) },
      topics: experiments.flatMap { type(of: $0).topics }.uniqued() + [.other],
      troubles: findings.troubles,
      claims: findings.verdicts.map {
        ClaimLine(outcome: $0.outcome, statement: $0.claim.statement, reason: $0.reason)
      } + experiments.flatMap(\.claims),
      footnotes: Footnotes(findings.summary).sentences)
  }

  private static func dataset(_ data: Manifest.Dataset) -> String {
    guard let found = data.existingTables else {
      return "\(data.file): \(Count(data.rows)) rows, \(Count(data.unique)) unique ids, "
        + "\(Count(data.duplicates)) duplicates"
    }
    return "\(data.file), existing table: \(Count(data.rows)) rows of all versions and projects; "
      + "exported project \(found.project)"
  }

  /// Which driver of a distributed run recorded the folder.
  static func driver(_ manifest: Manifest, _ remark: String = "") -> [Fact] {
    manifest.driver.map {
      [("driver", "\($0): combine all with exportbench merge\(remark)")]
    } ?? []
  }
}
