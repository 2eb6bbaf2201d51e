// The stage breakdown as an experiment. Its attempts are export samples that end with a stage.

import BenchmarkSpec
import RunStore

/// Where memory and time of exports go; empty where stages were not asked for.
package struct StageExperiment: Experiment {
  package static let kinds: [any Filed.Type] = []
  package static let fileName = "stages.csv"

  package let rows: [StageRow]

  package init(_ run: RecordedRun) { rows = StageBreakdown.all(run.records, paths: run.paths) }

  package var derivedFiles: [DerivedFile] {
    rows.isEmpty ? [] : [DerivedFile(Self.fileName, rows)]
  }

  package var citedRows: [CitedRows] {
    [
      CitedRows(
        Self.fileName, rows,
        columns: [
          "figure", "path", "step", "n", "reached", "share", "share_low", "share_high", "change",
        ],
        place: { "\($0.mergeState) \($0.window)" }, sources: Self.sources)
    ]
  }

  /// A row, for a figure that links to it.
  package static func citation(of row: StageRow) -> CitedRow { CitedRow(fileName, row) }

  /// The path's exports in its window, and its attempts that end with a stage.
  static func sources(of row: StageRow) -> [RowGroup.Key] {
    let stages = Stage.allCases.filter { $0 != .export }
    return ([""] + stages.map { AttemptKind.stage($0).label }).map {
      ExportExperiment.source(row.mergeState, row.window, row.path + $0)
    }
  }
}
