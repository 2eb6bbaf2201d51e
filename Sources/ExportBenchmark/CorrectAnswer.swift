// The correct answer to a window: that of the generator's ground truth, or of existing tables.

import ClickHouseClient
import ExportPaths
import ObservationGenerator
import WindowExports
import Workspace

/// Count and checksums of the rows that a path must return.
struct ExpectedAnswer: Equatable {
  var sums: AnswerChecksum
  /// Ids of which more than one row is right; nil where there is none by construction.
  var undecidable: Int?

  /// Whether an answer has the same rows, where no id is undecidable.
  func matches(_ answer: AnswerChecksum) -> Bool {
    sums.rows == answer.rows && sums.checksum == answer.checksum
      && (sums.columns.isEmpty || sums.columns == answer.columns)
  }
}

/// A source of correct answers.
protocol CorrectAnswer {
  /// Whether the tables may be written to, and ids be undecidable: then other checksums do not
  /// prove a wrong answer.
  var isOfExistingTables: Bool { get }
  /// Makes what the other functions ask.
  func prepare() async throws
  /// The columns of a path's answer that are compared, in their order.
  func comparable(_ columns: [PathColumn], _ window: ExportWindow) async throws -> [PathColumn]
  func expected(_ window: ExportWindow, _ columns: [Identifier]) async throws -> ExpectedAnswer
  /// The ids at which a path's answer differs.
  ///
  /// - Parameters:
  ///   - path: the path, between its statements before and after.
  ///   - window: the project and the window.
  ///   - columns: those that are compared, `id` among them.
  ///   - settings: the path's.
  /// - Returns: at most ``AnswerDifference/idsMax`` of each slice.
  /// - Throws: ``ClickHouseError``.
  func differences(
    _ path: ExportPath, _ window: ExportWindow, _ columns: [Identifier],
    _ settings: [String: String]
  ) async throws -> [AnswerDifference]
}

/// The rows of a dataset that must survive, in a separate table.
struct GeneratedAnswer: CorrectAnswer {
  let dataset: Dataset
  let workspace: Workspace

  static let table = "observations_truth"

  var isOfExistingTables: Bool { false }

  func prepare() async throws {
    try await workspace.loadWhole {
      try await workspace.renewTwin(Self.table)
      let queue = InsertQueue(
        survivorsOf: dataset.exportProject, in: dataset, rowsPerInsert: 100_000)
      return try await Loader(workspace, dataset).load(queue, into: Self.table, workers: 1)
    }
  }

  func comparable(_ columns: [PathColumn], _ window: ExportWindow) async throws -> [PathColumn] {
    let query = Query(
      """
      SELECT name FROM system.columns
      WHERE database = {database: String} AND table = {table: String}
      """,
      parameters: [
        "database": Parameter(workspace.front.name), "table": Parameter(Self.table),
      ])
    let known = Set(try await workspace.client.values(query, as: String.self))
    return columns.filter { known.contains($0.name) }
  }

  func expected(_ window: ExportWindow, _ columns: [Identifier]) async throws -> ExpectedAnswer {
    let query = Query(
      AnswerChecksum.sql(of: Self.rows, columns: columns), parameters: window.parameters,
      database: workspace.front.name)
    guard let sums = try await workspace.client.rows(query, as: AnswerChecksum.self).first else {
      throw ClickHouseError.undecodable("the checksum of the correct rows gave no row")
    }
    return ExpectedAnswer(sums: sums)
  }

  func differences(
    _ path: ExportPath, _ window: ExportWindow, _ columns: [Identifier],
    _ settings: [String: String]
  ) async throws -> [AnswerDifference] {
    var found: [AnswerDifference] = []
    for piece in window.slices(for: path) {
      let sql = AnswerDifference.sql(.init(source: Self.rows), "(\(path.sql))", columns)
      found += try await workspace.client.rows(
        Query(
          sql, parameters: piece.parameters, settings: settings, database: workspace.front.name))
    }
    guard !found.isEmpty else { return [] }
    let observations = dataset.described(ids: Set(found.map(\.id)))
    for place in found.indices {
      let observation = observations[found[place].id]
      found[place].shape = observation?.shape.rawValue ?? "unknown"
      found[place].versions = observation?.versions
    }
    return found
  }

  private static let rows = "\(table) WHERE \(ExportWindow.condition)"
}
