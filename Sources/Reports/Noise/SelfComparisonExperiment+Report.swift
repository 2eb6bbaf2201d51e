// The part of a path that ran against itself in reports.

import Analysis

extension Topic {
  static let noise = Topic(id: "noise", title: "A path against itself")
}

extension SelfComparisonExperiment: ReportedExperiment {
  static let topics: [Topic] = [.noise]

  func tables(_ findings: Findings) -> [Table] {
    SelfComparisonTable(found: comparisons).tables.about(.noise)
  }
}
