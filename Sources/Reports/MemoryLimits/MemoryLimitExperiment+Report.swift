// The part of the memory limit search in reports.

import Analysis

extension Topic {
  static let memoryLimits = Topic(id: "limits", title: "Under a memory limit")
}

extension MemoryLimitExperiment: ReportedExperiment {
  static let topics: [Topic] = [.memoryLimits]

  func tables(_ findings: Findings) -> [Table] {
    MemoryLimitTables(searches, findings.manifest).tables.about(.memoryLimits)
  }
}
