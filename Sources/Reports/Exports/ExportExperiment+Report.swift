// The part of exports in reports.

import Analysis
import RunStore

extension Topic {
  static let answers = Topic(id: "answers", title: "Answers")
  static let exports = Topic(id: "exports", title: "Exports")
}

extension ExportExperiment: ReportedExperiment {
  static let topics: [Topic] = [.answers, .exports]

  func facts(_ findings: Findings) -> [Fact] {
    let (manifest, summary) = (findings.manifest, findings.summary)
    let driver = manifest.loadTest == nil ? findings.driver() : []
    let states = summary.mergeStates
    let windows = Set(states.flatMap(summary.windows))
    guard !windows.isEmpty else { return driver }
    return driver + [
      (
        "exports",
        "\(plural(manifest.paths.count, "path")) × \(plural(windows.count, "window")), "
          + "merge state \(states.joined(separator: ", ")), \(plural(repeats, "repeat"))"
      )
    ]
  }

  func tables(_ findings: Findings) -> [Table] {
    AnswerTable(findings).tables.about(.answers) + ExportTables(findings).tables.about(.exports)
  }

  func charts(_ findings: Findings, _ records: Records) -> [Chart] {
    ExportCharts(findings: findings).all
  }

  var troubles: [TroubleList] {
    [
      TroubleList(
        title: "Memory sources that disagree: excluded from verdicts on memory",
        tone: .warning,
        items: disagreements.map {
          "\($0.path) at \($0.window) (\($0.mergeState)): \($0.finding)"
        })
    ]
  }
}
