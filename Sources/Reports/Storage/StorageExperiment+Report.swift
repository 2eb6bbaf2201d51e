// The part of storage in reports.

import Analysis
import RunStore

extension Topic {
  static let storage = Topic(id: "storage", title: "Storage")
}

extension StorageExperiment: ReportedExperiment {
  static let topics: [Topic] = [.storage]

  func tables(_ findings: Findings) -> [Table] {
    StorageTables(findings.summary, self).tables.about(.storage)
  }

  func charts(_ findings: Findings, _ records: Records) -> [Chart] {
    StorageCharts(summary: findings.summary).all
  }
}
