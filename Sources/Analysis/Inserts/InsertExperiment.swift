// Inserts of the same blocks into a table without the view and into one with it, and their merges.

import BenchmarkSpec
import CSVRecords
import RunStore

/// Inserts with and without the view.
package struct InsertExperiment: Experiment {
  package static let kinds: [any Filed.Type] = [
    InsertSample.self, MergeSample.self, TimelineSample.self,
  ]

  /// Legs with rounds whose merges did not settle, and the number of those rounds. They are left
  /// out of every figure of settled merges.
  package let unsettled: [(leg: String, rounds: Int)]

  package init(_ run: RecordedRun) {
    let open = run.records.merges.filter { $0.settling == .unsettled }
    unsettled = open.grouped(by: \.leg).map { ($0, Set($1.map(\.round)).count) }
  }

  package static func check(
    _ records: Records, against manifest: Manifest
  ) throws(DamagedFile) {
    guard manifest.isCompleteWithoutCounts, manifest.loadTest == nil, manifest.paths.isEmpty,
      records.inserts.isEmpty
    else { return }
    throw DamagedFile(InsertSample.self, "it holds no record")
  }

  package func summaryRows(_ run: RecordedRun) -> [SummaryRow] { Self.summaryRows(run.records) }

  package static func summaryRows(_ records: Records) -> [SummaryRow] {
    let plain = InsertTarget.plain.rawValue
    return insertCells(records.inserts).flatMap { $0.summaryRows(.insert, baseline: plain) }
      + settledCells(records).flatMap { $0.summaryRows(.settled, baseline: plain) }
  }

  package static func cells(
    of claim: Claim, _ records: Records
  ) throws(RecordError) -> [CellVerdict]? {
    switch claim.ratio {
    case .insert(let name, let legs):
      return judge(claim, insertCells(records.inserts), try InsertSample.figure(name), legs)
    case .settled(let name, let legs):
      return judge(claim, settledCells(records), try SettledRound.figure(name), legs)
    default: return nil
    }
  }

  private static func judge<Record>(
    _ claim: Claim, _ cells: [Cell<Record>], _ figure: Figure<Record>, _ legs: [String]?
  ) -> [CellVerdict] {
    // The two sides of the leg `sustained` ran minutes apart and once: it counts only by name.
    cells.filter { legs?.contains($0.leg ?? "") ?? ($0.leg != ReservedLeg.sustained) }.map {
      claim.judge($0, figure, InsertTarget.withView.rawValue, InsertTarget.plain.rawValue)
    }
  }

  package static func failedAttempts(_ records: Records) -> [FailedAttempt] {
    // Those of the leg `sustained` are listed as requests.
    records.inserts.filter { $0.status != .ok && $0.legName != ReservedLeg.sustained }.map {
      sample in
      FailedAttempt(
        place: "\(sample.target.rawValue) insert"
          + (sample.legName == ReservedLeg.load ? "" : " (\(sample.legName))"),
        kind: sample.status == .wrongRows ? "wrong rows" : sample.errorName,
        detail: sample.errorMessage)
    }
  }

  package static func listings(_ records: Records) -> [RowListing] {
    func title(_ target: InsertTarget, _ leg: String) -> String {
      "\(target.rawValue), leg '\(leg)'"
    }
    return [
      RowListing(
        records.inserts,
        columns: [
          "round", "pair", "status", "client_wall_ms", "server_query_ms", "server_cpu_ms",
          "memory_peak_bytes", "table_written_bytes", "view_written_bytes",
        ],
        key: { source(InsertSample.self, $0.target.rawValue, $0.legName) },
        title: { title($0.target, $0.legName) }),
      RowListing(
        records.merges,
        columns: [
          "round", "role", "settling", "new_bytes", "merge_written_bytes", "merge_cpu_ms",
        ],
        key: { source(MergeSample.self, $0.target.rawValue, $0.leg) },
        title: { title($0.target, $0.leg) }),
    ]
  }

  package static func sources(of row: SummaryRow) -> [RowGroup.Key] {
    guard row.scope == .insert || row.scope == .settled else { return [] }
    let kinds: [any Filed.Type] =
      [InsertSample.self] + (row.scope == .settled ? [MergeSample.self] : [])
    let subjects = row.subject.split(separator: "/").map(String.init)
    return kinds.flatMap { kind in subjects.map { source(kind, $0, row.leg) } }
  }

  private static func source(
    _ kind: any Filed.Type, _ target: String, _ leg: String?
  ) -> RowGroup.Key {
    RowGroup.Key(kind, subject: target, leg: leg)
  }
}
