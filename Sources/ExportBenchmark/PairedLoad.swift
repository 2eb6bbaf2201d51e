// The first load of a run, in pairs: what it measures, and what must be in the tables afterwards.

import BenchmarkSpec
import Failures
import Foundation
import InsertBenchmark
import ObservationGenerator
import Probes
import RunStore
import Units
import Workspace

/// Loads a dataset with the view and without it.
struct PairedLoad {
  private let session: ExportSession
  private let dataset: Dataset
  private let workspace: Workspace

  private var folder: RunFolder { session.folder }
  private var expected: Manifest.Dataset { session.manifest.dataset }

  init(_ session: ExportSession, _ dataset: Dataset, _ workspace: Workspace) {
    (self.session, self.dataset, self.workspace) = (session, dataset, workspace)
  }

  /// Loads table and view in pairs, unless all pairs are recorded.
  func run(into tables: inout Tables) async throws {
    let loads = folder.records.inserts.filter { $0.legName == ReservedLeg.load }
    let measured = loads.map(\.pair).max() ?? 0
    // Another driver's pairs are not recorded here, so a resumed run makes them again.
    let rows = expected.rows
    guard measured < (rows + tables.rowsPerInsert - 1) / tables.rowsPerInsert else { return }
    try await tables.make()
    try await workspace.createPlainTable()
    try await workspace.merges.stop()
    let hosts = try await workspace.lostHosts()
    session.tell(.step("loading \(Count(rows)) rows twice: with the view and without"))
    let failed = try await loadInPairs(tables.rowsPerInsert, after: measured)
    try await workspace.dropPlainTable()
    var isWhole = try await workspace.lostHosts() == hosts
    if isWhole { isWhole = try await workspace.merges.awaitReplicas() }
    guard isWhole else {
      // Not fresh: what exports need is loaded again.
      session.manifest.notes.append(
        "a host of the cluster was lost while the tables were loaded, perhaps with rows that no "
          + "other one had yet, so they were loaded again before the exports")
      return
    }
    let loaded = try await workspace.uniqueIDs(in: Workspace.table)
    // On a cluster an insert that lost its host has been repeated.
    guard failed == 0 || session.target.cluster != nil, loaded == expected.unique else {
      throw UserError.server(
        "the table holds \(Count(loaded)) observations of \(Count(expected.unique)), and "
          + "\(failed) inserts failed\(lastFailure)")
    }
    tables.isFresh()
    session.manifest.notes += try await lostDuplicates()
  }

  /// The cause of the last insert of the load that failed; empty where none did.
  private var lastFailure: String {
    let failed = folder.records.inserts.last {
      $0.legName == ReservedLeg.load && $0.status != .ok
    }
    guard let failed else { return "" }
    let cause = [failed.errorName, failed.errorMessage].compactMap(\.self).joined(separator: ": ")
    return cause.isEmpty ? "" : ", the last with \(cause)"
  }

  /// Returns how many inserts failed; those of an earlier process do not count, whose tables are
  /// gone.
  private func loadInPairs(_ rowsPerInsert: Int, after measured: Int) async throws -> Int {
    var loader = PairedLoader(workspace, dataset, seed: session.plan.benchmark.seed)
    let began = ContinuousClock.now
    var rows = 0
    var bytes = 0
    var failed = 0
    try await loader.load(rowsPerInsert: rowsPerInsert, after: measured) { pair in
      for sample in pair {
        // What was recorded before a crash is in the tables again, and recorded once.
        if sample.pair > measured, session.plan.driver?.holds(sample.pair) != false {
          try folder.append(sample)
        }
        bytes += sample.sentBytes ?? 0
        if sample.status != .ok { failed += 1 }
      }
      rows += pair.first?.rows ?? 0
      session.tell(
        .loaded(
          rows: rows, of: expected.rows, bytes: bytes,
          seconds: (ContinuousClock.now - began) / .seconds(1)))
    }
    return failed
  }

  /// A note if most duplicates met in an insert, where a ReplacingMergeTree drops them at once:
  /// then the table has hardly any, and a path that de-duplicates has nothing to do.
  private func lostDuplicates() async throws -> [String] {
    let table = try await TableStorage.read(
      Workspace.table, in: workspace.database.name, from: workspace.client)
    let left = table.rows - expected.unique
    guard left * 2 < expected.duplicates else { return [] }
    return [
      "only \(Count(max(0, left))) of \(Count(expected.duplicates)) duplicates reached the table, "
        + "the others were dropped within an insert: raise the dataset's lag, or lower "
        + "rows_per_insert"
    ]
  }
}
