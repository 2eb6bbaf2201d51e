// The storage of one merge state, and its summary rows.

import CSVRecords
import RunStore
import Statistics

/// The storage of one state of merges, summed by role.
struct StorageCell {
  let mergeState: String
  private let tables: [StorageSample]

  init(mergeState: String, samples: [StorageSample]) {
    self.mergeState = mergeState
    // A resumed run may have looked twice: the last look at each table stands.
    tables = last(samples, by: \.table)
  }

  /// The sum over the tables of a role; nil where there is none, or one was not measured.
  func total(_ figure: Figure<StorageSample>, _ role: TableRole) -> Double? {
    RunStore.total(tables.filter { $0.role == role }.map(figure.value))
  }

  /// (table + view) / table, the view being the one that is or the one that has the codecs.
  func ratio(_ figure: Figure<StorageSample>, view role: TableRole = .view) -> Double? {
    guard let table = total(figure, .table), let view = total(figure, role), table > 0 else {
      return nil
    }
    return (table + view) / table
  }

  /// Each figure of each role, and the ratio to the table alone.
  var summaryRows: [SummaryRow] {
    StorageSample.figures.flatMap { figure in
      [
        (TableRole.table.rawValue, total(figure, .table)),
        (TableRole.view.rawValue, total(figure, .view)),
        (Summary.storageRatio, ratio(figure)),
        (TableRole.viewWithCodecs.rawValue, total(figure, .viewWithCodecs)),
        (Summary.storageRatioWithCodecs, ratio(figure, view: .viewWithCodecs)),
      ].compactMap { subject, value in
        guard let value, let estimate = Estimate([value]) else { return nil }
        var row = SummaryRow()
        row.scope = .storage
        row.mergeState = mergeState
        row.figure = figure.name
        row.unit = figure.unit
        row.subject = subject
        row.fill(estimate)
        return row
      }
    }
  }
}

/// The storage by state of merges, in the order of the file.
func storageCells(_ storage: [StorageSample]) -> [StorageCell] {
  storage.grouped(by: \.mergeState).map(StorageCell.init)
}

extension SummaryScope {
  /// Storage, by merge state. One sample, so no interval.
  package static let storage = SummaryScope(rawValue: "storage")
}

extension Summary {
  /// The subject of the storage ratio.
  package static let storageRatio = "(table+view)/table"

  /// The subject of the storage ratio if the view had the base table's codecs.
  package static let storageRatioWithCodecs = "(table+view_with_codecs)/table"

  /// The row of a storage figure. `subject` is `table`, `view` or ``storageRatio``.
  package func storage(_ figure: String, mergeState: String, subject: String) -> SummaryRow? {
    row(.storage, mergeState: mergeState, figure: figure, subject: subject)
  }
}
