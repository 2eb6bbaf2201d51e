// One window of somebody's table as a Parquet file, along any path: what a user who has measured
// takes away. Nothing is measured here but the time, and nothing is written to the server.

import ClickHouse
import Exports
import Files
import Foundation
import Units

/// What to export, and how.
public struct WindowExport: Sendable {
  private let subject: Subject
  private let path: ExportPath
  private let profile: SettingsProfile?
  /// The project; nil for the largest.
  public var project: String?
  /// The window.
  public var window = Verification.Window()

  /// What came out.
  public struct Result: Sendable {
    /// The project that was exported.
    public let project: String
    /// Milliseconds since 1970, both ends inclusive.
    public let range: ClosedRange<Int64>
    /// Bytes of the file.
    public let bytes: Int
    /// From the first request to the last byte, in milliseconds.
    public let milliseconds: Double
  }

  /// - Parameters:
  ///   - database: where the path's tables are.
  ///   - client: the server.
  ///   - path: the path.
  ///   - profile: settings, where the path has none of its own.
  /// - Throws: ``ClickHouseError``.
  public init(
    from database: Identifier, on client: Client, by path: ExportPath,
    under profile: SettingsProfile?
  ) throws {
    subject = Subject(
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
  /// - Throws: ``BenchError``; ``ClickHouseError``; the cancellation of the task.
  public func run(
    into file: String, tell: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws -> Result {
    guard !FileManager.default.fileExists(atPath: file) else {
      throw BenchError(.output, "\(file) exists already; choose another --output, or remove it")
    }
    let version = try await subject.client.serverVersion()
    // What the command line says whole needs no look at the table, which takes a scan.
    var found: ExportWindow?
    if let project, let range = try window.closed() {
      found = ExportWindow(project: project, range: range)
    } else {
      found = try await subject.exportWindow(project, window)
    }
    guard let found else {
      throw BenchError(
        .input,
        "\(subject.database.name).\(Workspace.table) holds no row of the project; see --database "
          + "and --project")
    }
    var settings = path.settings(under: profile, on: version)
    settings["cancel_http_readonly_queries_on_client_close"] = "1"
    settings["default_format"] = "Parquet"
    let statements = path.statements(
      for: found, id: Query.newID(), settings: settings, in: subject.database)
    let target = URL(fileURLWithPath: file)
    let draft =
      target.deletingLastPathComponent().path + "/.\(target.lastPathComponent).\(getpid()).draft"
    let output = try ParquetFile(creating: draft)
    do {
      let outcome = try await ExportExchange(statements, client: subject.client).perform { bytes in
        try output.append(bytes)
        tell(bytes.count)
      }
      guard rename(draft, file) == 0 else {
        throw BenchError(FileError(.write, file))
      }
      return Result(
        project: found.project, range: found.range, bytes: output.bytes,
        milliseconds: outcome.totalMs)
    } catch {
      unlink(draft)
      throw await subject.mismatch(of: path, error) ?? error
    }
  }
}
