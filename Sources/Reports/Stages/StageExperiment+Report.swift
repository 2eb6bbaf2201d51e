// The part of the stage breakdown in reports.

import Analysis
import RunStore

extension Topic {
  static let stages = Topic(id: "stages", title: "Where memory and time go")
}

extension StageExperiment: ReportedExperiment {
  static let topics: [Topic] = [.stages]

  func tables(_ findings: Findings) -> [Table] { StageTables(rows: rows).tables.about(.stages) }

  func charts(_ findings: Findings, _ records: Records) -> [Chart] { StageCharts(rows: rows).all }
}
