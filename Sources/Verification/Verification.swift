// `exportbench verify`: runs the checks in order and collects the findings. Each check is in its
// own file.

import ClickHouseClient
import ExistingTables
import ExportPaths
import Failures
import Foundation
import Parquet
import Units
import WindowExports
import Workspace

package struct Verification: Sendable {
  package enum Check: String, Sendable, CaseIterable {
    /// Rows and ids of table and view.
    case counts
    /// Checksums of two paths.
    case checksums
    /// The Parquet files of two paths.
    case files
    /// Columns, types, defaults and codecs of table and view.
    case drift
  }

  private(set) var subject: ObservationTables
  package var checks = Set(Check.allCases)
  package var paths: (a: ExportPath, b: ExportPath)
  /// Nil for the largest.
  package var project: String?
  package var window = WindowBounds()
  /// The folder that keeps the Parquet files; nil for none.
  package var files: String?
  /// Examples to show of each kind.
  package var examples = 10

  package init(of subject: ObservationTables, paths: (a: ExportPath, b: ExportPath)) {
    self.subject = subject
    self.paths = paths
  }

  /// Runs the checks; read-only.
  ///
  /// - Parameter tell: called with each step.
  /// - Throws: ``ClickHouseError``; ``UserError`` for a missing table or view.
  package func run(tell: @escaping @Sendable (String) -> Void) async throws -> VerificationFindings
  {
    var whole = self
    whole.subject = try await subject.overShards()
    return try await whole.check(tell)
  }

  private func check(
    _ tell: @escaping @Sendable (String) -> Void
  ) async throws -> VerificationFindings {
    let version = try await Workspace.supportedVersion(of: subject.client)
    let table = try await table()
    let view: ViewDefinition
    do { view = try await ViewDefinition.read(subject) } catch let error as UserError {
      guard let alias = SchemaDrift.modelAlias(for: table) else { throw error }
      throw UserError(error.kind, "\(error); the view needs a column model first: \(alias)")
    }
    var found = VerificationFindings(
      server: "\(version)", database: subject.database.name, table: subject.table.name,
      view: subject.view.name, modelAlias: SchemaDrift.modelAlias(for: table))
    found.cluster = subject.client.cluster?.name
    found.front = subject.front.name
    let inapplicable = try await inapplicable(view, &found)
    if checks.contains(.drift) {
      var drift = SchemaDrift(of: view, from: table)
      if let inapplicable { drift.withdrawStatements(because: inapplicable) }
      found.drift = drift
      found.script = drift.script(of: view.qualifiedName, from: table.qualifiedName)
    }
    if let reason = inapplicable {
      if checks.contains(.counts) { found.counts = .unknown(reason) }
      if checks.contains(.checksums) { found.checksums = .unknown(reason) }
      if checks.contains(.files) { found.files = .unknown(reason) }
      return found
    }
    if checks.contains(.counts) {
      tell("counting rows and ids of \(subject.table.name) and \(subject.view.name)")
      found.counts = try await .by("the row counts") {
        try await RowCounts.read(subject, examples: examples)
      }
    }
    if !checks.isDisjoint(with: [.checksums, .files]) {
      for path in [paths.a, paths.b] { try path.checkNeeds(on: version) }
      try await comparePaths(on: version, in: &found, tell)
    }
    return found
  }

  /// Why rows of table and view cannot be compared one by one; nil if they can. Adds remarks on
  /// other effects of the view's query. An ordinary view is compared by its result, whatever its
  /// query is.
  private func inapplicable(
    _ view: ViewDefinition, _ found: inout VerificationFindings
  ) async throws -> String? {
    guard !view.isOrdinary, !view.select.isEmpty else { return nil }
    let name = "\(found.database).\(found.view)"
    let query: ViewQuery
    do {
      query = try await ViewQuery.read(view.select, in: found.database, on: subject.client)
    } catch let error as ClickHouseError where error.serverException != nil {
      found.remarks.append(
        "the server could not parse the query of \(name) (\(error.serverException?.name ?? "")), "
          + "so it is unknown whether its rows correspond to the table's")
      return nil
    }
    if query.hasWhere {
      found.remarks.append(
        "the query of \(name) has WHERE: rows that it filters out are in \(found.table) only")
    }
    guard let obstacle = query.obstacle else { return nil }
    switch obstacle.effect {
    case .none: return nil
    case .otherValues:
      found.remarks.append(
        "the query of \(name) has \(obstacle.construct), so the values of that column are not "
          + "those of another evaluation")
      return nil
    case .otherRows:
      return "the query of \(name) has \(obstacle.construct), so its rows do not correspond to "
        + "those of \(found.table), and a row-by-row comparison does not apply"
    }
  }

  /// Why a path cannot run; nil if it can. Adds a remark on a `FINAL` without effect.
  private func refusal(
    _ found: inout VerificationFindings
  ) async throws -> String? {
    for path in [paths.a, paths.b] {
      guard let final = try await subject.pointlessFinal(of: path) else { continue }
      let sentence = "the path \(path.name) reads with FINAL, and \(final.reason)"
      if final.isRefused { return "\(sentence); choose others with --paths, such as scan-view" }
      found.remarks.append(sentence)
    }
    return nil
  }

  private func table() async throws -> TableDefinition {
    let (name, database) = (subject.table.name, subject.database.name)
    do {
      let table = try await TableDefinition.read(name, in: database, of: subject)
      if let table { return table }
    } catch let error as ClickHouseError where error.serverException?.name == "UNKNOWN_DATABASE" {}
    throw subject.missing(subject.table)
  }

  private func comparePaths(
    on version: ServerVersion, in found: inout VerificationFindings,
    _ tell: @escaping @Sendable (String) -> Void
  ) async throws {
    let refusal = try await refusal(&found)
    let chosen = refusal == nil ? try await subject.exportWindow(project, window) : nil
    guard let window = chosen?.window else {
      let reason =
        refusal ?? "the table has no row of the project, so there is nothing to compare"
      if checks.contains(.checksums) { found.checksums = .unknown(reason) }
      if checks.contains(.files) { found.files = .unknown(reason) }
      return
    }
    found.project = window.project
    found.window = window.range
    found.remarks += [chosen?.note, try await subject.scarcity(of: window)].compactMap(\.self)
    do {
      if checks.contains(.checksums) {
        tell("taking the checksums of \(paths.a.name) and \(paths.b.name)")
        found.checksums = try await .by("the checksums") {
          try await checksums(window, on: version)
        }
      }
      if checks.contains(.files) {
        let comparison = PathComparison(
          subject: subject, version: version, pathA: paths.a, pathB: paths.b, folder: files,
          examplesMax: examples, tell: tell)
        found.files = try await .by("the files") { try await comparison.run(window) }
      }
    } catch let error as ClickHouseError
      where error.serverException?.name == "UNKNOWN_IDENTIFIER"
    {
      let remedy = found.modelAlias.map { "; first: \($0)" } ?? ""
      let reason = "a path selects a column that does not exist: \(error)\(remedy)"
      if checks.contains(.checksums) { found.checksums = .unknown(reason) }
      if checks.contains(.files) { found.files = .unknown(reason) }
    }
  }

  private func checksums(
    _ window: ExportWindow, on version: ServerVersion
  ) async throws -> [PathSum] {
    var columns: [[PathColumn]] = []
    for path in [paths.a, paths.b] {
      columns.append(
        try await PathColumn.all(
          of: subject.sql(of: path), for: window,
          settings: subject.settings(of: path, on: version),
          in: subject.front, from: subject.client))
    }
    let names = Set(columns[1].map(\.name))
    let shared = try columns[0].filter { names.contains($0.name) }.map { try Identifier($0.name) }
    var found: [PathSum] = []
    for path in [paths.a, paths.b] {
      let query = subject.query(
        AnswerChecksum.sql(
          of: "(\(subject.sql(of: path)))", columns: shared, byColumn: false), window.parameters,
        subject.settings(of: path, on: version))
      guard let sum = try await subject.client.rows(query, as: AnswerChecksum.self).first else {
        throw ClickHouseError.undecodable("the checksum of path \(path.name) gave no row")
      }
      found.append(PathSum(path: path.name, rows: sum.rows, checksum: sum.checksum))
    }
    return found
  }

  /// Compares two existing Parquet files.
  ///
  /// - Parameters:
  ///   - client: compares the files; none of its tables is read.
  ///   - examples: ids to show of each kind.
  /// - Throws: ``UserError`` for a file that is too large or has no column `id`.
  package static func compare(
    _ fileA: ParquetFile, _ fileB: ParquetFile, by client: Client, examples: Int
  ) async throws -> RowDifferences {
    let comparison = try await FileComparison(fileA, fileB, by: client)
    do { try comparison.check() } catch {
      throw UserError.input(
        "\(error.label): more than \(Count(FileComparison.rowsMax)) rows or "
          + "\(ByteCount(FileComparison.bytesMax)), which the server would have to hold in memory; "
          + "export shorter windows and compare those")
    }
    return try await comparison.run(examplesMax: examples)
  }
}

/// Row count and checksum of a path.
package struct PathSum: Sendable, Encodable, Equatable {
  package let path: String
  package let rows: Int
  /// The sum of the row hashes modulo 2^64.
  package let checksum: UInt64

  private enum Key: CodingKey { case path, rows, checksum }

  /// Encodes the checksum as text: many JSON readers parse numbers as floating point.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(path, forKey: .path)
    try container.encode(rows, forKey: .rows)
    try container.encode("\(checksum)", forKey: .checksum)
  }
}
