// The initial paired load of a run: measures inserts, and checks the resulting tables.

import BenchmarkSpec
import ClickHouseClient
import Failures
import Foundation
import InsertBenchmark
import ObservationGenerator
import Probes
import RunStore
import Units
import Workspace

extension Run {
  /// Creates the run's database. Its name is recorded in the manifest first, because another run on
  /// the server may have the same name: a resumed run drops only its own.
  func makeWorkspace(on client: Client, _ manifest: inout Manifest) async throws -> Workspace {
    if let begun = folder.resumed {
      manifest.database = begun.database
      return try await Workspace.create(
        for: manifest.run, on: client, named: try begun.database.map { try Identifier($0) },
        resumed: true, with: plan.objects, keep: plan.keep)
    }
    return try await Workspace.createNext(
      for: manifest.run, on: client, with: plan.objects, keep: plan.keep
    ) {
      manifest.database = $0.name
      try folder.write(&manifest)
    }
  }

  /// Creates table and view, and records their definitions.
  func describeTables(in workspace: Workspace, _ manifest: inout Manifest) async throws {
    try await workspace.createTable()
    try await workspace.migrateUp()
    try await workspace.createObjects()
    for table in [Workspace.table, Workspace.view] + workspace.objects.map(\.name) {
      // Projections are in the table's definition.
      let definition = try await workspace.definition(of: table)
      if !definition.isEmpty { manifest.ddl[table] = definition }
      guard workspace.client.cluster != nil else { continue }
      let whole = try await workspace.definition(of: table, isFront: true)
      if !whole.isEmpty { manifest.ddl["\(table), all shards"] = whole }
    }
    try folder.write(&manifest)
  }

  /// Loads table and view in pairs unless already measured, and prints the result.
  package func load(
    _ tables: inout Tables, _ dataset: Dataset, _ manifest: inout Manifest
  ) async throws {
    let workspace = tables.workspace
    let loads = folder.records.inserts.filter { $0.legName == ReservedLeg.load }
    let measured = loads.map(\.pair).max() ?? 0
    // Pairs of another driver are not recorded, so a resumed run inserts them again.
    let rows = manifest.dataset.rows
    guard measured < (rows + tables.rowsPerInsert - 1) / tables.rowsPerInsert else { return }
    try await tables.make()
    try await workspace.createPlainTable()
    try await workspace.setMerges(running: false)
    let hosts = try await workspace.lostHosts()
    tell(.step("loading \(Count(rows)) rows twice: with the view and without"))
    let failed = try await loadInPairs(tables, dataset, after: measured, rows: rows)
    try await workspace.dropPlainTable()
    var isWhole = try await workspace.lostHosts() == hosts
    if isWhole { isWhole = try await workspace.awaitReplicas() }
    guard isWhole else {
      // Not fresh: exports load their rows again.
      manifest.notes.append(
        "a host of the cluster was lost while the tables were loaded, possibly with rows that no "
          + "other host had, so they were loaded again before the exports")
      return
    }
    let loaded = try await workspace.uniqueIDs(in: Workspace.table)
    // On a cluster, inserts that lost their host have been retried.
    guard failed == 0 || target.cluster != nil, loaded == manifest.dataset.unique else {
      throw UserError(
        .server,
        "the table has \(Count(loaded)) observations of \(Count(manifest.dataset.unique)), and "
          + "\(failed) inserts failed\(lastFailure)")
    }
    tables.isFresh()
    manifest.notes += try await lostDuplicates(in: workspace, of: manifest.dataset)
  }

  /// Cause of the last failed insert of the load; empty if there is none.
  private var lastFailure: String {
    let failed = folder.records.inserts.last {
      $0.legName == ReservedLeg.load && $0.status != .ok
    }
    guard let failed else { return "" }
    let cause = [failed.errorName, failed.errorMessage].compactMap(\.self).joined(separator: ": ")
    return cause.isEmpty ? "" : ", the last with \(cause)"
  }

  /// Returns the number of failed inserts, excluding those of an earlier process, whose tables are
  /// gone.
  private func loadInPairs(
    _ tables: Tables, _ dataset: Dataset, after measured: Int, rows total: Int
  ) async throws -> Int {
    var loader = PairedLoader(tables.workspace, dataset, seed: plan.benchmark.seed)
    let began = ContinuousClock.now
    var rows = 0
    var bytes = 0
    var failed = 0
    try await loader.load(rowsPerInsert: tables.rowsPerInsert, after: measured) { pair in
      for sample in pair {
        // Pairs recorded before a crash are inserted again but recorded once.
        if sample.pair > measured, plan.part?.holds(sample.pair) != false {
          try folder.append(sample)
        }
        bytes += sample.sentBytes ?? 0
        if sample.status != .ok { failed += 1 }
      }
      rows += pair.first?.rows ?? 0
      tell(.loaded(rows: rows, of: total, bytes: bytes, seconds: seconds(since: began)))
    }
    return failed
  }

  /// Note if a ReplacingMergeTree dropped most duplicates within inserts: then de-duplication has
  /// nothing to do.
  private func lostDuplicates(
    in workspace: Workspace, of dataset: Manifest.Dataset
  ) async throws -> [String] {
    let table = try await TableStorage.read(
      Workspace.table, in: workspace.database.name, from: workspace.client)
    let left = table.rows - dataset.unique
    guard left * 2 < dataset.duplicates else { return [] }
    return [
      "only \(Count(max(0, left))) of \(Count(dataset.duplicates)) duplicates reached the table, "
        + "the others were dropped within an insert: raise the dataset's lag, or lower "
        + "rows_per_insert"
    ]
  }
}
