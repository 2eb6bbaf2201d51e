// The part of inserts in reports.

import Analysis
import RunStore

extension Topic {
  static let inserts = Topic(id: "writes", title: "Writes")
}

extension InsertExperiment: ReportedExperiment {
  static let topics: [Topic] = [.inserts]

  var warnings: [String] {
    unsettled.map { leg, rounds in
      "merges of \(plural(rounds, "round")) of '\(leg)' had not settled before the timeout"
    }
  }

  func tables(_ findings: Findings) -> [Table] {
    InsertTables(summary: findings.summary).tables.about(.inserts)
  }

  func charts(_ findings: Findings, _ records: Records) -> [Chart] {
    InsertCharts(findings.summary, records).all
  }
}
