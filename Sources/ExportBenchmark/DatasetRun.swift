// A run on a generated dataset: makes the tables, measures inserts, loads, and measures exports.

import ClickHouseClient
import Failures
import Foundation
import InsertBenchmark
import ObservationGenerator
import Probes
import RunSession
import RunStore
import Workspace

/// Measures a dataset in a database that is made for it.
struct DatasetRun {
  private let session: ExportSession
  private let dataset: Dataset
  private let server: SessionServer

  private var plan: RunPlan { session.plan }
  private var folder: RunFolder { session.folder }

  init(_ session: ExportSession, _ dataset: Dataset, _ server: SessionServer) {
    (self.session, self.dataset, self.server) = (session, dataset, server)
  }

  func measure() async throws {
    var workspace = try await makeWorkspace()
    workspace.tableSettings = plan.tableSettings
    session.workspaces.append(workspace)
    try await ServerMemoryGuard.watch(server.client) {
      try await makeTables(in: workspace)
      try await measureInserts(beside: workspace)
      guard let rows = plan.benchmark.rowsPerInsert else { return }
      var tables = Tables(workspace, dataset, rowsPerInsert: rows)
      try await PairedLoad(session, dataset, workspace).run(into: &tables)
      var exports = try await ExportMeasurement(
        session, workspace, .generated(dataset), workspace.client, server.reached)
      try await exports.run { try await tables.reach($0) { session.tell(.step($0)) } }
    }
  }

  /// Makes the run's database. Another run may have the same name on the same server, so the name
  /// is in the manifest before the database exists: a run that is resumed drops only its own.
  private func makeWorkspace() async throws -> Workspace {
    let client = server.client
    if let begun = folder.resumed {
      session.manifest.database = begun.database
      return try await RunWorkspace.create(
        for: session.manifest.run, on: client,
        named: try begun.database.map { try Identifier($0) }, resumed: true, with: plan.objects,
        keep: plan.keep)
    }
    return try await RunWorkspace.createNext(
      for: session.manifest.run, on: client, with: plan.objects, keep: plan.keep
    ) {
      session.manifest.database = $0.name
      try session.writeManifest()
    }
  }

  /// Makes table and view, and records their definitions.
  private func makeTables(in workspace: Workspace) async throws {
    do {
      try await workspace.createTable()
      try await workspace.migrateUp()
      try await workspace.createObjects()
    } catch let error as ClickHouseError {
      guard let exception = error.serverException, exception.name == "BAD_ARGUMENTS",
        !plan.tableSettings.values.isEmpty
      else { throw error }
      throw UserError.input(
        "the server refuses the table settings: \(exception.words); change 'table_settings' or "
          + "--table-setting")
    }
    for table in [Workspace.table, Workspace.view] + workspace.objects.map(\.name) {
      // The definition of a projection is in that of its table.
      let definition = try await workspace.definitions.statement(of: table)
      if !definition.isEmpty { session.manifest.ddl[table] = definition }
      guard workspace.client.cluster != nil else { continue }
      let whole = try await workspace.definitions.statement(of: table, isFront: true)
      if !whole.isEmpty { session.manifest.ddl["\(table), all shards"] = whole }
    }
    try session.writeManifest()
  }

  private func measureInserts(beside workspace: Workspace) async throws {
    guard !plan.benchmark.writes.isEmpty else { return }
    let bench = try WriteBench(beside: workspace, dataset, seed: plan.benchmark.seed)
    let began = ContinuousClock.now
    try await bench.run(
      plan.benchmark.writes, done: WriteBench.done(in: folder.records), keep: plan.keep
    ) { progress in
      session.tell(.writing(progress, seconds: (ContinuousClock.now - began) / .seconds(1)))
    } record: { round in
      for second in round.timeline { try folder.append(second) }
      for insert in round.inserts { try folder.append(insert) }
      // Last, because they say that the round is whole.
      for merge in round.merges { try folder.append(merge) }
    }
  }
}
