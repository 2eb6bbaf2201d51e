// What a capacity plan says: formulas and their errors first, then answers.

import CapacityModel
import Units

extension CapacityFindings: Reportable {
  package var report: ReportModel {
    let tables = CapacityTables(found: self)
    return ReportModel(
      title: "exportbench capacity",
      facts: [
        ("runs", runs.joined(separator: ", ")),
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
      warnings: (engines.count > 1
        ? [
          "the runs used several ClickHouse versions: "
            + engines.joined(separator: ", ")
        ] : [])
        + (wrong.isEmpty
          ? [] : ["excluded for wrong rows: \(wrong.joined(separator: ", "))"])
        + tables.largestMonth,
      tables: tables.all, footnotes: CapacityTables.assumptions(self))
  }
}
