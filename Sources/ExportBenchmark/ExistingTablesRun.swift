// A run on existing tables: it loads nothing, and changes nothing, because the server refuses every
// write of its client.

import ClickHouseClient
import ExistingTables
import Failures
import Probes
import RunSession
import RunStore
import Units
import WindowExports
import Workspace

/// Measures existing tables.
struct ExistingTablesRun {
  private let session: ExportSession
  private let tables: ExistingTables
  private let server: SessionServer
  /// A client that cannot write; the server's own client asks for logs and memory.
  private let reading: Client

  private var plan: RunPlan { session.plan }

  init(
    _ session: ExportSession, _ tables: ExistingTables, _ server: SessionServer,
    _ timeouts: Timeouts
  ) {
    (self.session, self.tables, self.server) = (session, tables, server)
    reading = server.reached.client(timeouts: timeouts, readOnly: true).adding(
      server.settings)
  }

  func measure() async throws {
    // What is watched is what exports.
    try await ServerMemoryGuard.watch(reading) { try await measureWatched() }
  }

  private func measureWatched() async throws {
    let subject = try await ObservationTables(
      client: reading, database: tables.database, table: try Identifier(Workspace.table),
      view: try Identifier(Workspace.view)
    ).overShards()
    let workspace = try await Workspace.found(subject)
    try await refuseMissingTables(in: workspace)
    try await subject.refusePointlessFinal(of: plan.paths)
    let reference = try await ExistingReference.read(subject)
    var rows = try await foundRows(of: subject)
    rows.reference = reference.words
    let truth = Truth.answers(of: reference, rows)
    try await refuseOtherColumns(in: workspace, of: subject, truth)
    try await describe(rows, in: workspace)
    try await noteScarceWindows(of: truth, in: subject)
    try session.writeManifest()
    session.tell(
      .step(
        "measuring project \(rows.project) of \(tables.database.name), with windows that end at "
          + moment(rows.endMs)))
    var exports = try await ExportMeasurement(
      session, workspace, truth, server.client, server.reached)
    try await exports.run { _ in }
  }

  /// Records what is exported.
  private func describe(_ rows: Manifest.ExistingRows, in workspace: Workspace) async throws {
    let stored = try await TableStorage.read(
      Workspace.table, in: workspace.database.name, from: reading)
    session.manifest.dataset = Manifest.Dataset(rows, rows: stored.rows)
    for table in Set(plan.paths.map(\.reads)).union([Workspace.table]) {
      session.manifest.ddl[table] = try await workspace.definitions.statement(of: table)
    }
    let hasView = try await workspace.tables().contains(Workspace.view)
    if !hasView { session.manifest.claims.removeAll { $0.isOfStorage } }
    session.manifest.add([
      "the tables of \(tables.database.name) were measured as they were found; "
        + "answers are compared with \(rows.reference ?? ""), and may differ where a table is "
        + "written to meanwhile"
    ])
  }

  /// The rows to export: those that the run began with, or those that the table has now.
  private func foundRows(of subject: ObservationTables) async throws -> Manifest.ExistingRows {
    if let begun = session.manifest.dataset.existingTables { return begun }
    let chosen = try await subject.exportWindow(
      tables.project, WindowBounds(to: tables.end))
    guard let chosen else {
      throw UserError.input(
        "\(tables.database.name).\(Workspace.table) has no row"
          + (tables.project.map { " of the project \($0)" } ?? "")
          + "; see --database and --project")
    }
    session.note(chosen.note)
    return Manifest.ExistingRows(
      database: tables.database.name, project: chosen.window.project,
      endMs: chosen.window.range.upperBound, excluded: chosen.excluded)
  }

  /// Warns of windows with few of the project's rows.
  private func noteScarceWindows(of truth: Truth, in subject: ObservationTables) async throws {
    for length in plan.benchmark.windows {
      session.note(try await subject.scarcity(of: truth.window(length)))
    }
  }

  /// Refuses a path that reads a missing table.
  private func refuseMissingTables(in workspace: Workspace) async throws {
    let there = Set(try await workspace.tables())
    guard there.contains(Workspace.table) else {
      throw UserError.input(
        "the user sees no table \(workspace.database.name).\(Workspace.table); give the database "
          + "that has it with --database")
    }
    for path in plan.paths {
      guard let missing = ([path.reads] + path.needs).first(where: { !there.contains($0) }) else {
        continue
      }
      throw UserError.input(
        "the path \(path.name) reads \(missing), which is not in \(workspace.database.name); "
          + "choose others with --paths, or create it first")
    }
  }

  /// Refuses a path that names missing columns.
  private func refuseOtherColumns(
    in workspace: Workspace, of subject: ObservationTables, _ truth: Truth
  ) async throws {
    guard let window = plan.benchmark.windows.first.map(truth.window) else { return }
    for path in plan.paths {
      do {
        _ = try await PathColumn.all(
          of: path.sql, for: window,
          settings: path.settings(under: plan.profile, on: workspace), in: workspace.front,
          from: workspace.client)
      } catch {
        throw await subject.mismatch(of: path, error) ?? error
      }
    }
  }
}

extension Workspace {
  /// Existing tables, through a client that cannot write.
  ///
  /// - Throws: ``ClickHouseError``, also for a server that is too old.
  package static func found(_ subject: ObservationTables) async throws -> Workspace {
    precondition(subject.client.endpoint.guards.isReadOnly, "existing tables are only read")
    return Workspace(
      client: subject.client, version: try await supportedVersion(of: subject.client),
      database: subject.database, front: subject.front)
  }
}
