// A run on tables that are there: it loads nothing, and can change nothing, for the server is told
// to refuse whatever would write.

import Analysis
import ClickHouseClient
import ExistingTables
import Failures
import Probes
import RunSession
import RunStore
import Units
import WindowExports
import Workspace

extension Run {
  /// Measures somebody's tables as they are, through a client that cannot write; the other one asks
  /// for logs and memory.
  package func measure(
    _ tables: ExistingTables, through reading: Client, _ client: Client, _ reached: Target.Reached,
    _ manifest: inout Manifest
  ) async throws {
    let subject = try await ObservationTables(
      client: reading, database: tables.database, table: try Identifier(Workspace.table),
      view: try Identifier(Workspace.view)
    ).overShards()
    let workspace = try await Workspace.found(subject)
    try await refuseMissingTables(in: workspace)
    try await subject.refusePointlessFinal(of: plan.paths)
    let reference = try await ExistingReference.read(subject)
    var rows = try await foundRows(tables, of: subject, &manifest)
    rows.reference = reference.words
    let truth = Truth.answers(of: reference, rows)
    try await refuseOtherColumns(in: workspace, of: subject, truth)
    let stored = try await TableStorage.read(
      Workspace.table, in: workspace.database.name, from: reading)
    manifest.dataset = Manifest.Dataset(rows, rows: stored.rows)
    for table in Set(plan.paths.map(\.reads)).union([Workspace.table]) {
      manifest.ddl[table] = try await workspace.definition(of: table)
    }
    let hasView = try await workspace.tables().contains(Workspace.view)
    if !hasView { manifest.claims.removeAll { $0.isOfStorage } }
    let note =
      "the tables of \(tables.database.name) were measured as they were found; "
      + "answers are compared with \(reference.words), and may differ where a table is written to "
      + "meanwhile"
    if !manifest.notes.contains(note) { manifest.notes.append(note) }
    try await noteScarceWindows(of: truth, in: subject, &manifest)
    try folder.write(&manifest)
    tell(
      .step(
        "measuring project \(rows.project) of \(tables.database.name), in windows that end at "
          + moment(rows.endMs)))
    try await export(from: workspace, truth, client, reached) { _ in }
  }

  /// Which rows are meant: as the run began with, or as the table says now.
  private func foundRows(
    _ tables: ExistingTables, of subject: ObservationTables, _ manifest: inout Manifest
  ) async throws -> Manifest.ExistingRows {
    if let begun = manifest.dataset.existingTables { return begun }
    let chosen = try await subject.exportWindow(
      tables.project, WindowBounds(to: tables.end))
    guard let chosen else {
      throw UserError(
        .input,
        "\(tables.database.name).\(Workspace.table) holds no row"
          + (tables.project.map { " of the project \($0)" } ?? "")
          + "; see --database and --project")
    }
    note(chosen.note, in: &manifest)
    return Manifest.ExistingRows(
      database: tables.database.name, project: chosen.window.project,
      endMs: chosen.window.range.upperBound, excluded: chosen.excluded)
  }

  /// Warns of windows that hold almost nothing of the project's rows.
  private func noteScarceWindows(
    of truth: Truth, in subject: ObservationTables, _ manifest: inout Manifest
  ) async throws {
    for length in plan.benchmark.windows {
      note(try await subject.scarcity(of: truth.window(length)), in: &manifest)
    }
  }

  /// Says a sentence now and in every report.
  private func note(_ sentence: String?, in manifest: inout Manifest) {
    guard let sentence, !manifest.notes.contains(sentence) else { return }
    manifest.notes.append(sentence)
    tell(.step(sentence))
  }

  /// Refuses a path that reads what is not there.
  private func refuseMissingTables(in workspace: Workspace) async throws {
    let there = Set(try await workspace.tables())
    guard there.contains(Workspace.table) else {
      throw UserError(
        .input,
        "the user sees no table \(workspace.database.name).\(Workspace.table); name the database "
          + "that holds it with --database")
    }
    for path in plan.paths {
      guard let missing = ([path.reads] + path.needs).first(where: { !there.contains($0) }) else {
        continue
      }
      throw UserError(
        .input,
        "the path \(path.name) reads \(missing), which \(workspace.database.name) has not; choose "
          + "others with --paths, or make it first")
    }
  }

  /// Refuses a path that names columns which somebody's table has not.
  private func refuseOtherColumns(
    in workspace: Workspace, of subject: ObservationTables, _ truth: Truth
  ) async throws {
    guard let window = plan.benchmark.windows.first.map(truth.window) else { return }
    for path in plan.paths {
      do {
        _ = try await PathChecksum.columns(
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
  /// Somebody's tables, through a client that cannot write: only what reads may be asked of them.
  ///
  /// - Throws: ``ClickHouseError``, also for a server that is too old.
  package static func found(_ subject: ObservationTables) async throws -> Workspace {
    precondition(subject.client.endpoint.guards.isReadOnly, "somebody's tables are only read")
    return Workspace(
      client: subject.client, version: try await supportedVersion(of: subject.client),
      database: subject.database, front: subject.front)
  }
}
