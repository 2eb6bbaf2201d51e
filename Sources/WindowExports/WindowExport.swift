// One window of somebody's table as a Parquet file, along any path: what a user who has measured
// takes away. Nothing is measured here but the time, and nothing is written to the server. The file
// is whole by its footer, and has as many rows as the server's log says, if that can be read.

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
  /// The project; nil for the largest.
  package var project: String?
  package var window = WindowBounds()
  /// Whether the file is compared, column by column, with what the path returns at a second look.
  package var isCompared = false

  /// What came out.
  package struct Result: Sendable {
    package let project: String
    /// Milliseconds since 1970, both ends inclusive.
    package let range: ClosedRange<Int64>
    /// Bytes of the file.
    package let bytes: Int
    /// From the first request to the last byte, in milliseconds.
    package let milliseconds: Double
    /// Rows by the file's footer; nil where that is longer than 16 MiB.
    package let rows: Int?
    /// Whether the server's log has the same number.
    package let isRowCountConfirmed: Bool
    /// What a user has to know, one sentence each: rows that the window leaves out, that it holds
    /// almost nothing, and known defects of the server that concern the file's readers.
    package let remarks: [String]
  }

  /// How long the server's log is waited for.
  private static let logPatience: Duration = .seconds(3)

  /// - Parameters:
  ///   - database: where the path's tables are.
  ///   - client: the server.
  ///   - path: the path.
  ///   - profile: settings, where the path has none of its own.
  ///   - log: asks for the server's log, which a client that only reads may not flush.
  /// - Throws: ``ClickHouseError``.
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

  /// Exports into a file that must not exist: it is there whole, or not at all.
  ///
  /// - Parameters:
  ///   - file: the file's path.
  ///   - tell: hears how many bytes have come.
  /// - Returns: what came out.
  /// - Throws: ``AnswerError`` for an answer that is not whole or was changed; ``UserError``;
  ///   ``ClickHouseError``; the cancellation of the task.
  package func run(
    into file: String, tell: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws -> Result {
    guard !FileManager.default.fileExists(atPath: file) else {
      throw UserError(.output, "\(file) exists already; choose another --output, or remove it")
    }
    let version = try await subject.client.serverVersion()
    try await subject.refusePointlessFinal(of: [path])
    // What the command line says whole needs no look at the table, which takes a scan.
    var chosen: ChosenWindow?
    if let project, let range = try window.closed() {
      chosen = ChosenWindow(window: ExportWindow(project: project, range: range), excluded: nil)
    } else {
      chosen = try await subject.exportWindow(project, window)
    }
    guard let chosen else {
      throw UserError(
        .input,
        "\(subject.database.name).\(Workspace.table) holds no row of the project; see --database "
          + "and --project")
    }
    let found = chosen.window
    let remarks = [chosen.note, try await subject.scarcity(of: found)].compactMap(\.self)
    let sliceCount = path.sliceCount(of: found.range)
    guard sliceCount <= ExportPath.slicesMax else {
      throw UserError(
        .usage,
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
        throw UserError(.input, "\(refusal)")
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

  /// Rows that the server returned, by its log; nil where that cannot be read in time.
  private func returnedRows(
    of statements: [ExportStatement], _ version: ServerVersion
  ) async throws -> Int? {
    let answers = statements.filter(\.returnsRows).compactMap(\.query.queryID)
    let log = QueryLog(self.log, version: version)
    let asking = Task { try await log.entries(of: answers, inDoubt: true) }
    let bound = Task {
      try await Task.sleep(for: Self.logPatience)
      asking.cancel()
    }
    defer { bound.cancel() }
    let entries = try? await withTaskCancellationHandler {
      try await asking.value
    } onCancel: {
      asking.cancel()
    }
    try Task.checkCancellation()
    // A log that does not answer is no failure of an export.
    return entries.map { $0.reduce(0) { $0 + $1.resultRows } }
  }
}
