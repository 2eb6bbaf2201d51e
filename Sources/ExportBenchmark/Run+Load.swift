// The first load of a run, in pairs: what it measures, and what it must have left in the tables.

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
  /// Makes the run's database. Another run may have the same name on the same server, so the name
  /// is in the manifest before the database is there: a run that is resumed drops only its own.
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

  /// Makes table and view, and describes them.
  func describeTables(in workspace: Workspace, _ manifest: inout Manifest) async throws {
    try await workspace.createTable()
    try await workspace.migrateUp()
    try await workspace.createObjects()
    for table in [Workspace.table, Workspace.view] + workspace.objects.map(\.name) {
      // A projection is told by its table.
      let definition = try await workspace.definition(of: table)
      if !definition.isEmpty { manifest.ddl[table] = definition }
      guard workspace.client.cluster != nil else { continue }
      let whole = try await workspace.definition(of: table, isFront: true)
      if !whole.isEmpty { manifest.ddl["\(table), all shards"] = whole }
    }
    try folder.write(&manifest)
  }

  /// Loads table and view in pairs, unless that has been measured, and says what came out.
  package func load(
    _ tables: inout Tables, _ dataset: Dataset, _ manifest: inout Manifest
  ) async throws {
    let workspace = tables.workspace
    let loads = folder.records.inserts.filter { $0.legName == ReservedLeg.load }
    let measured = loads.map(\.pair).max() ?? 0
    // Of another driver's pairs nothing is recorded, so these are made again by a run that goes on.
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
      // Not fresh: what exports need is loaded again.
      manifest.notes.append(
        "a host of the cluster went while the tables were loaded, perhaps with rows that no other "
          + "one had yet, so they were loaded again before the exports")
      return
    }
    let loaded = try await workspace.uniqueIDs(in: Workspace.table)
    // On a cluster an insert that lost its host has been mended.
    guard failed == 0 || target.cluster != nil, loaded == manifest.dataset.unique else {
      throw UserError(
        .server,
        "the table holds \(Count(loaded)) observations of \(Count(manifest.dataset.unique)), and "
          + "\(failed) inserts failed\(lastFailure)")
    }
    tables.isFresh()
    manifest.notes += try await lostDuplicates(in: workspace, of: manifest.dataset)
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
        // What was recorded before a crash is in the tables again, and recorded once.
        if sample.pair > measured, plan.driver?.holds(sample.pair) != false {
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

  /// A note if most duplicates met in an insert, where a ReplacingMergeTree drops them at once:
  /// then the table has hardly any, and a path that de-duplicates has nothing to do.
  private func lostDuplicates(
    in workspace: Workspace, of dataset: Manifest.Dataset
  ) async throws -> [String] {
    let table = try await TableStorage.read(
      Workspace.table, in: workspace.database.name, from: workspace.client)
    let left = table.rows - dataset.unique
    guard left * 2 < dataset.duplicates else { return [] }
    return [
      "only \(Count(max(0, left))) of \(Count(dataset.duplicates)) duplicates reached the table, "
        + "the others met in one insert and were dropped there: raise the dataset's lag, or lower "
        + "rows_per_insert"
    ]
  }
}
