// The part of a load test in reports.

import Analysis
import RunStore

extension Topic {
  static let loadTest = Topic(id: "load", title: "Load")
}

extension LoadTestExperiment: ReportedExperiment {
  static let topics: [Topic] = [.loadTest]

  func facts(_ all: Findings) -> [Fact] {
    guard let findings else { return [] }
    let looks =
      all.manifest.driver?.isFirst == false ? "; the first driver audits the table" : ""
    return [("load", findings.fact)] + all.driver(looks)
  }

  var warnings: [String] { findings?.warnings ?? [] }

  func tables(_ all: Findings) -> [Table] { LoadTestTables(findings).tables.about(.loadTest) }

  func charts(_ all: Findings, _ records: Records) -> [Chart] {
    findings.map { LoadTestCharts(findings: $0).all } ?? []
  }

  var troubles: [TroubleList] { [.failures(findings?.failures ?? [])] }

  var claims: [ClaimLine] { findings?.claims ?? [] }
}
