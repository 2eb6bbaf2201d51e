// A file that arrived, compared with what its path returns on the server when it is read again:
// whether the bytes were changed on the way. `AnswerCheck` tells whether the path itself is right.

import ClickHouseClient
import ExportPaths
import Foundation
import Parquet

extension ExportPath {
  /// Asks questions about the path between what it prepares and what it puts away.
  ///
  /// - Parameters:
  ///   - window: the project and the window.
  ///   - settings: of every statement.
  ///   - database: where the path's tables are.
  ///   - client: the server.
  ///   - ask: asks, with the settings that it is given.
  /// - Returns: what `ask` returned.
  /// - Throws: ``ClickHouseError``; what `ask` threw, after the path has put away.
  package func opened<Value>(
    for window: ExportWindow, settings: [String: String], in database: Identifier,
    on client: Client, _ ask: ([String: String]) async throws -> Value
  ) async throws -> Value {
    var settings = settings
    if needsSession { settings["session_id"] = UUID().uuidString }
    func run(_ statements: [String]) async throws {
      for statement in statements {
        try await client.execute(
          Query(
            statement, parameters: window.parameters, settings: settings, database: database.name))
      }
    }
    try await run(before)
    let value: Value
    do { value = try await ask(settings) } catch {
      _ = try? await run(after)
      throw error
    }
    try await run(after)
    return value
  }

  /// Takes the checksums of what the path returns now; the rows stay on the server.
  ///
  /// - Parameters:
  ///   - window: the project and the window.
  ///   - settings: of the export.
  ///   - database: where the path's tables are.
  ///   - client: the server.
  /// - Returns: the columns by name, and the checksums.
  /// - Throws: ``ClickHouseError``.
  package func returned(
    for window: ExportWindow, settings: [String: String], in database: Identifier,
    on client: Client
  ) async throws -> (columns: [PathColumn], sums: AnswerChecksum) {
    try await opened(for: window, settings: settings, in: database, on: client) { settings in
      let columns = try await PathColumn.all(
        of: sql, for: window, settings: settings, in: database, from: client)
      let names = try columns.map { try Identifier($0.name) }
      let sums = try await AnswerChecksum.read(
        of: self, for: window, columns: names, settings: settings, in: database, from: client)
      return (columns, sums)
    }
  }
}

extension AnswerError {
  /// A file holds other rows or values than the server returned.
  ///
  /// - Parameters:
  ///   - columns: the columns that were compared.
  ///   - expected: what the server has.
  ///   - received: what the file has.
  ///   - mayMove: whether the table may have been written to meanwhile.
  /// - Returns: the error.
  package static func changed(
    _ columns: [String], expected: AnswerChecksum, received: AnswerChecksum, mayMove: Bool
  ) -> AnswerError {
    let places = columns.indices.filter { expected.columns[$0] != received.columns[$0] }
    let names = places.map { columns[$0] }.joined(separator: ", ")
    let what =
      expected.rows != received.rows
      ? "it has \(received.rows) rows instead of \(expected.rows)"
      : places.isEmpty
        ? "values differ" : "values differ in: \(names)"
    return AnswerError(
      name: "ANSWER_CHANGED",
      description: "the file received is not what the server returned to a second query: \(what)"
        + "; see whether a proxy on the way changes answers"
        + (mayMove ? ", or the table was written to meanwhile" : ""))
  }
}
