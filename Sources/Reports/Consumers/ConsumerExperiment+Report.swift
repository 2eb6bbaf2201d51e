// The part of consumers in reports.

import Analysis

extension Topic {
  static let consumers = Topic(id: "clients", title: "The client")
}

extension ConsumerExperiment: ReportedExperiment {
  static let topics: [Topic] = [.consumers]

  func tables(_ findings: Findings) -> [Table] {
    ConsumerTable(rows: rows).tables.about(.consumers)
  }
}
