// Storage: what the table and the view have on disk in each merge state, by table and by column.

import BenchmarkSpec
import CSVRecords
import RunStore
import Statistics

/// Storage of table and view.
package struct StorageExperiment: Experiment {
  package static let kinds: [any Filed.Type] = [StorageSample.self, ColumnSample.self]

  /// The last measurement of each column in each merge state.
  package let columns: [ColumnSample]
  /// Free bytes on the server's disks at the last measurement; nil if not granted.
  package let diskFreeBytes: Int?

  package init(_ run: RecordedRun) {
    columns = last(run.records.columns, by: \.place)
    diskFreeBytes = run.records.storage.last?.diskFreeBytes
  }

  package static func check(
    _ records: Records, against manifest: Manifest
  ) throws(DamagedFile) {
    guard manifest.isCompleteWithoutCounts, manifest.loadTest == nil, !manifest.paths.isEmpty
    else { return }
    let known = Set(records.storage.map(\.mergeState))
    for state in manifest.mergeStates where !known.contains(state) {
      throw DamagedFile(StorageSample.self, "it holds no table of the state \(state)")
    }
  }

  package func summaryRows(_ run: RecordedRun) -> [SummaryRow] {
    storageCells(run.records.storage).flatMap(\.summaryRows)
  }

  package static func cells(
    of claim: Claim, _ records: Records
  ) throws(RecordError) -> [CellVerdict]? {
    guard case .storage(let name) = claim.ratio else { return nil }
    let figure = try StorageSample.figure(name)
    return storageCells(records.storage).map { judge(claim, $0, figure) }
  }

  private static func judge(
    _ claim: Claim, _ cell: StorageCell, _ figure: Figure<StorageSample>
  ) -> CellVerdict {
    let ratio = cell.ratio(figure).flatMap { Estimate([$0]) }
    // Storage is counted, not sampled: the value is its own interval.
    let outcome = ratio.map { claim.place(Interval(low: $0.median, high: $0.median)) }
    return CellVerdict(
      mergeState: cell.mergeState, window: nil, leg: nil, outcome: outcome ?? .inconclusive,
      ratio: ratio,
      finding: ratio?.text ?? "\(figure.name) was not measured for both table and view",
      remark: ratio.map { _ in "should be \(claim.bound)" })
  }

  package static func listings(_ records: Records) -> [RowListing] {
    [
      RowListing(
        records.storage,
        columns: ["table", "role", "parts", "rows", "on_disk_bytes", "compressed_bytes"],
        key: { RowGroup.Key(StorageSample.self, mergeState: $0.mergeState) },
        title: { "merge state \($0.mergeState)" })
    ]
  }

  package static func sources(of row: SummaryRow) -> [RowGroup.Key] {
    row.scope == .storage ? [RowGroup.Key(StorageSample.self, mergeState: row.mergeState)] : []
  }
}
