// Exports one window of an existing table into a Parquet file along any path. Read-only. Checks the
// file's footer, and compares its row count with the server's log if readable.

import ClickHouseClient
import ExistingTables
import ExportPaths
import Failures
import Files
import Foundation
import Parquet
import Probes
import Units
import Workspace

package struct WindowExport: Sendable {
  private let subject: ObservationTables
  private let path: ExportPath
  private let profile: SettingsProfile?
  private let log: Client
  /// Nil for the largest one.
  package var project: String?
  package var window = WindowBounds()
  /// Whether to compare the file, column by column, with a second run of the path.
  package var isCompared = false

  package struct Result: Sendable {
    package let project: String
    /// Milliseconds since 1970, both ends inclusive.
    package let range: ClosedRange<Int64>
    /// Of the file.
    package let bytes: Int
    /// From the first request to the last byte.
    package let milliseconds: Double
    /// From the file's footer; nil if that exceeds 16 MiB.
    package let rows: Int?
    /// Whether the server's log has the same number.
    package let isRowCountConfirmed: Bool
    /// Notes for the user, one sentence each: excluded rows, an almost empty window, and known
    /// server defects that affect readers of the file.
    package let remarks: [String]
  }

  /// Timeout for the server's log.
  private static let logTimeout: Duration = .seconds(3)

  /// - Parameters:
  ///   - profile: used if the path has none.
  ///   - log: a separate client for the server's log, because a read-only client may not flush it.
  package init(
    from database: Identifier, on client: Client, by path: ExportPath,
    under profile: SettingsProfile?, log: Client
  ) throws {
    self.log = log
    subject = ObservationTables(
      client: client, database: database, table: try Identifier(Workspace.table),
      view: try Identifier(Workspace.view))
    (self.path, self.profile) = (path, profile)
  }

  /// Exports into a new file, which is created completely or not at all.
  ///
  /// - Parameter tell: called with the number of received bytes.
  /// - Throws: ``AnswerError`` for an incomplete or changed response; ``UserError``;
  ///   ``ClickHouseError``; cancellation.
  package func run(
    into file: String, tell: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws -> Result {
    guard !FileManager.default.fileExists(atPath: file) else {
      throw UserError.output("\(file) exists already; choose another --output, or remove it")
    }
    let version = try await subject.client.serverVersion()
    try await subject.refusePointlessFinal(of: [path])
    // A fully specified window needs no scan of the table.
    var chosen: ChosenWindow?
    if let project, let range = try window.closed() {
      chosen = ChosenWindow(window: ExportWindow(project: project, range: range), excluded: nil)
    } else {
      chosen = try await subject.exportWindow(project, window)
    }
    guard let chosen else {
      throw UserError.input(
        "\(subject.database.name).\(Workspace.table) has no row of the project; see --database "
          + "and --project")
    }
    let found = chosen.window
    let remarks = [chosen.note, try await subject.scarcity(of: found)].compactMap(\.self)
    let sliceCount = path.sliceCount(of: found.range)
    guard sliceCount <= ExportPath.slicesMax else {
      throw UserError.usage(
        "the window is \(Count(sliceCount)) slices of the path \(path.name), and at most "
          + "\(Count(ExportPath.slicesMax)) are exported; give a shorter --window")
    }
    var settings = path.settings(under: profile, on: version)
    settings["cancel_http_readonly_queries_on_client_close"] = "1"
    settings["default_format"] = "Parquet"
    let statements = path.statements(
      for: found, id: Query.newID(), settings: settings, in: subject.database)
    let target = URL(fileURLWithPath: file)
    let draft =
      target.deletingLastPathComponent().path + "/.\(target.lastPathComponent).\(getpid()).draft"
    let pending = PendingCleanup { unlink(draft) }
    defer { pending.discharge() }
    let output = try ParquetFile(creating: draft)
    do {
      let outcome = try await ExportExchange(statements, client: subject.client).perform { bytes in
        try output.append(bytes)
        tell(bytes.count)
      }
      let returned = try await returnedRows(of: statements, version)
      if let returned, let received = outcome.receivedRows, returned != received {
        throw AnswerError.otherRows(received, than: returned)
      }
      if isCompared { try await compare(output, found, settings) }
      guard rename(draft, file) == 0 else {
        throw UserError(FileError(.write, file))
      }
      return Result(
        project: found.project, range: found.range, bytes: output.bytes,
        milliseconds: outcome.totalMs, rows: outcome.receivedRows,
        isRowCountConfirmed: returned != nil,
        remarks: remarks + ServerDefect.notes(on: version) + path.defectNotes(on: version))
    } catch {
      unlink(draft)
      if let exception = (error as? ClickHouseError)?.serverException,
        let refusal = SettingRefusal(exception, of: settings)
      {
        throw UserError.input("\(refusal)")
      }
      throw await subject.mismatch(of: path, error) ?? error
    }
  }

  private func compare(
    _ file: ParquetFile, _ window: ExportWindow, _ settings: [String: String]
  ) async throws {
    let (columns, sums) = try await path.returned(
      for: window, settings: settings, in: subject.database, on: subject.client)
    let received = try await AnswerChecksum.read(file, columns: columns, by: subject.client)
    guard received == sums else {
      throw AnswerError.changed(
        columns.map(\.name), expected: sums, received: received, mayMove: true)
    }
  }

  /// The row count in the server's log; nil if it cannot be read before the timeout.
  private func returnedRows(
    of statements: [ExportStatement], _ version: ServerVersion
  ) async throws -> Int? {
    let answers = statements.filter(\.returnsRows).compactMap(\.query.queryID)
    let log = QueryLog(self.log, version: version)
    let asking = Task { try await log.entries(of: answers, inDoubt: true) }
    let bound = Task {
      try await Task.sleep(for: Self.logTimeout)
      asking.cancel()
    }
    defer { bound.cancel() }
    let entries = try? await withTaskCancellationHandler {
      try await asking.value
    } onCancel: {
      asking.cancel()
    }
    try Task.checkCancellation()
    // A log that does not respond does not fail the export.
    return entries.flatMap { $0.map(\.resultRows).total }
  }
}
