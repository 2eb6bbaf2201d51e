// A file that arrived, compared with what its path returns on the server when it is read again:
// whether the bytes were changed on the way. `AnswerCheck` tells whether the path itself is right.

import ClickHouseClient
import ExportPaths
import Foundation
import Parquet

extension ExportPath {
  /// Runs `ask` between a path's preparation and clean-up statements, with the statements'
  /// settings.
  ///
  /// - Throws: ``ClickHouseError``; errors of `ask`, after the clean-up.
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

  /// Columns by name and checksums of what the path returns now, computed on the server.
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
  /// Error for a file whose rows or values differ from the server's.
  ///
  /// - Parameter mayMove: whether the table may have changed in the meantime.
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
      description: "the received file differs from what the server returned in a second run: "
        + "\(what); check whether a proxy changes responses"
        + (mayMove ? ", or whether the table was written to meanwhile" : ""))
  }
}
