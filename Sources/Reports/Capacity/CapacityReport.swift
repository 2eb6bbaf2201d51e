// What a capacity plan says: formulas and their errors first, then answers.

import CapacityModel
import Units

struct CapacityReport {
  let found: CapacityFindings

  init(_ found: CapacityFindings) { self.found = found }

  var model: ReportModel {
    let tables = CapacityTables(found)
    let question = found.question
    return ReportModel(
      title: "exportbench capacity",
      facts: [
        ("runs", found.runs.joined(separator: ", ")),
        (
          "asked",
          "\(CapacityTables.amount(question.rowsPerDay)) rows per day of "
            + "\(CapacityTables.bytes(question.rowBytes)), "
            + "\(significant(question.versions)) rows per id before merges, retention "
            + CapacityTables.span(question.retentionMs)
            + (question.projectShare < 1
              ? "; the project has \(percent(question.projectShare)) of them" : "")
        ),
      ],
      warnings: (found.engines.count > 1
        ? [
          "the runs used several ClickHouse versions: "
            + found.engines.joined(separator: ", ")
        ] : [])
        + (found.wrong.isEmpty
          ? [] : ["excluded for wrong rows: \(found.wrong.joined(separator: ", "))"])
        + tables.largestMonth,
      tables: tables.all, footnotes: CapacityTables.assumptions(found))
  }
}
