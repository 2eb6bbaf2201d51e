// Content check of a path's answer: compares the exported file with the expected rows. The
// generator provides them as a table; for existing tables they are the newest rows of each id
// (``ExistingReference``).
//
// Exports once more after the attempts of a merge state, so that measurements are not affected.

import BenchmarkSpec
import ClickHouseClient
import ExportPaths
import Failures
import ObservationGenerator
import Parquet
import RunStore
import Statistics
import Units
import WindowExports
import Workspace

final class AnswerCheck {
  package let workspace: Workspace
  private let truth: Truth
  private let profile: SettingsProfile?
  private let settings: [String: String]
  /// Whether the expected rows can be queried.
  private(set) var isPrepared = false
  private var sums: [String: AnswerChecksum] = [:]
  private var foundSums: [String: ExistingAnswer.Expected] = [:]

  /// Table of the expected rows.
  static let truthTable = "observations_truth"
  /// Maximum number of ids compared individually.
  private static let idsMax = 100_000

  /// - Parameters:
  ///   - profile: the benchmark's.
  ///   - settings: of exports, overriding a profile.
  init(
    _ workspace: Workspace, _ truth: Truth, profile: SettingsProfile? = nil,
    settings: [String: String]
  ) {
    self.workspace = workspace
    self.truth = truth
    self.profile = profile
    self.settings = settings
  }

  /// Creates the table of expected rows, if the generator provides them.
  package func prepare() async throws {
    if let dataset = truth.dataset { try await load(dataset) }
    isPrepared = true
  }

  private func load(_ dataset: Dataset) async throws {
    try await workspace.loadWhole {
      try await workspace.renewTwin(Self.truthTable)
      let queue = InsertQueue(
        survivorsOf: dataset.exportProject, in: dataset, rowsPerInsert: 100_000)
      return try await Loader(workspace, dataset).load(queue, into: Self.truthTable, workers: 1)
    }
  }

  /// Checks one path in one window.
  ///
  /// - Parameters:
  ///   - length: of the window, from the dataset's start.
  ///   - state: current merge state.
  /// - Returns: the verdict, and the differences by shape and kind.
  /// - Throws: cancellation, and errors that end the run.
  package func check(
    _ path: ExportPath, _ length: TimeSpan, in state: MergeState
  ) async throws -> (VerificationSample, [DifferenceSample]) {
    var sample = VerificationSample()
    sample.mergeState = state.description
    sample.path = path.name
    sample.window = length.description
    sample.windowMs = length.milliseconds
    let window = truth.window(length)
    var found: [DifferenceSample] = []
    do {
      try await path.opened(
        for: window, settings: settings(of: path), in: workspace.front, on: workspace.client
      ) { settings in
        let columns = try await PathChecksum.columns(
          of: path.sql, for: window, settings: settings, in: workspace.front,
          from: workspace.client)
        let names = try await comparable(columns, window)
        let returned = try await received(
          path, window, names.compactMap { name in columns.first { $0.name == name.name } })
        if case .answers(let reference, _) = truth {
          found = try await compare(
            path, with: reference, window, names, settings, returned, &sample)
          return
        }
        let expected = try await expected(names, window)
        sample.columns = names.count
        sample.expectedRows = expected.rows
        sample.returnedRows = returned.rows
        sample.expectedChecksum = "\(expected.checksum)"
        sample.returnedChecksum = "\(returned.checksum)"
        guard expected != returned else { return }
        sample.status = .wrongRows
        let hasIDs = names.contains { $0.name == "id" }
        let different = hasIDs ? try await differences(path, window, names, settings) : []
        guard different.isEmpty else {
          sample.differentIDs = different.count
          found = summarized(different, like: sample)
          return
        }
        let error = AnswerError.changed(
          names.map(\.name), expected: expected, received: returned, mayMove: truth.dataset == nil)
        (sample.errorName, sample.errorMessage) = (error.name, error.description)
      }
      return (sample, found)
    } catch {
      try sample.fail(with: error)
      return (sample, [])
    }
  }

  /// Exports a window to an unnamed file and returns the checksums of the received bytes.
  private func received(
    _ path: ExportPath, _ window: ExportWindow, _ columns: [PathColumn]
  ) async throws -> AnswerChecksum {
    let statements = path.statements(
      for: window, id: Query.newID(),
      settings: path.exportSettings(under: profile, on: workspace, own: settings),
      in: workspace.front)
    let file: ParquetFile
    do {
      file = try ParquetFile(temporary: "the export of \(path.name)")
      _ = try await ExportExchange(statements, client: workspace.client).perform {
        try file.append($0)
      }
      return try await AnswerChecksum.read(file, columns: columns, by: workspace.client)
    } catch let error as UserError {
      // A full disk is not a failure of the run.
      throw AnswerError(name: "ANSWER_NOT_CHECKED", description: "\(error)")
    }
  }

  private func settings(of path: ExportPath) -> [String: String] {
    path.settings(under: profile, on: workspace).merging(settings) { $1 }
  }

  /// Columns of the answer that the expected rows have; on existing tables only with the same type,
  /// because a path may write another form.
  private func comparable(
    _ columns: [PathColumn], _ window: ExportWindow
  ) async throws -> [Identifier] {
    let known = try await columnsOfTruth(window)
    return try columns.filter { column in
      known.contains {
        $0.name == column.name && (truth.dataset != nil || $0.plainType == column.plainType)
      }
    }.map { try Identifier($0.name) }
  }

  private func columnsOfTruth(_ window: ExportWindow) async throws -> [PathColumn] {
    if case .answers(let reference, _) = truth {
      let path = reference.path
      return try await PathChecksum.columns(
        of: path.sql, for: window, settings: settings(of: path), in: workspace.front,
        from: workspace.client)
    }
    var query = Query(
      """
      SELECT name, type FROM system.columns
      WHERE database = {database: String} AND table = {table: String}
      """)
    query.parameters = [
      "database": Parameter(workspace.front.name), "table": Parameter(Self.truthTable),
    ]
    return try await workspace.client.rows(query, as: PathColumn.self)
  }

  /// Expected rows of existing tables, queried once per window and set of columns.
  package func expected(
    _ answer: ExistingAnswer, _ window: ExportWindow, _ columns: [Identifier]
  ) async throws -> ExistingAnswer.Expected {
    let key = "\(window.range) \(columns)"
    if let known = foundSums[key] { return known }
    let found = try await answer.expected(window, columns)
    foundSums[key] = found
    return found
  }

  private func expected(
    _ columns: [Identifier], _ window: ExportWindow
  ) async throws -> AnswerChecksum {
    let key = "\(window.range) \(columns)"
    if let known = sums[key] { return known }
    var query = Query(
      AnswerChecksum.sql(of: rightRows, columns: columns), parameters: window.parameters,
      database: workspace.front.name)
    if case .answers(let reference, _) = truth { query.settings = settings(of: reference.path) }
    guard let found = try await workspace.client.rows(query, as: AnswerChecksum.self).first else {
      throw ClickHouseError.undecodable("the checksum of the expected rows returned no row")
    }
    sums[key] = found
    return found
  }

  /// Expected rows of a window, for use after `FROM`.
  private var rightRows: String {
    switch truth {
    case .generated:
      """
      \(Self.truthTable) WHERE project_id = {projectId: String}
        AND start_time >= {minTimestamp: DateTime64(3)}
        AND start_time <= {maxTimestamp: DateTime64(3)}
      """
    case .answers(let reference, _): "(\(reference.path.sql))"
    }
  }

  private struct Difference: Decodable {
    let id: String
    let expectedRows: Int
    let returnedRows: Int
    let expected: String
    let returned: String

    var kind: DifferenceKind {
      switch (expectedRows, returnedRows) {
      case (_, 0): .missing
      case (0, _): .unexpected
      case (_, 1): .otherVersion
      default: .doubled
      }
    }
  }

  /// Expression that identifies a version of an observation.
  package static func version(of columns: [Identifier]) -> String {
    let names = Set(columns.map(\.name))
    let telling = [
      ("updated_at", "toString(updated_at, 'UTC')"), ("start_time", "toString(start_time, 'UTC')"),
      ("type", "toString(type)"), ("output", "concat(toString(length(output)), ' bytes')"),
    ]
    .filter { names.contains($0.0) }
    .map { "concat('\($0.0) ', ifNull(\($0.1), 'NULL'))" }.joined(separator: ", ', ', ")
    return telling.isEmpty ? "''" : "concat('', \(telling))"
  }

  private func differences(
    _ path: ExportPath, _ window: ExportWindow, _ columns: [Identifier],
    _ settings: [String: String]
  ) async throws -> [Difference] {
    let version = Self.version(of: columns)
    func side(_ number: Int, _ source: String) -> String {
      """
      SELECT \(number) AS side, id, \(PathChecksum.hash(of: columns)) AS hash, \(version) AS version
      FROM \(source)
      """
    }
    var found: [Difference] = []
    for piece in window.slices(for: path) {
      let query = Query(
        """
        SELECT id, toInt64(countIf(side = 0)) AS expectedRows,
          toInt64(countIf(side = 1)) AS returnedRows,
          anyIf(version, side = 0) AS expected,
          arrayStringConcat(arraySort(groupArrayIf(3)(version, side = 1)), '; ') AS returned
        FROM (\(side(0, rightRows)) UNION ALL \(side(1, "(\(path.sql))")))
        GROUP BY id HAVING expectedRows != returnedRows OR uniqExact(hash) > 1
        ORDER BY id LIMIT \(Self.idsMax)
        """, parameters: piece.parameters, settings: settings, database: workspace.front.name)
      found += try await workspace.client.rows(query, as: Difference.self)
    }
    return found
  }

  /// One record per shape and kind of difference, with an example.
  private func summarized(
    _ differences: [Difference], like check: VerificationSample
  ) -> [DifferenceSample] {
    let profiles = truth.dataset?.described(ids: Set(differences.map(\.id))) ?? [:]
    var samples: [DifferenceSample] = []
    for difference in differences {
      let profile = profiles[difference.id]
      let shape = profile?.shape.rawValue ?? "unknown"
      if let index = samples.firstIndex(where: {
        $0.shape == shape && $0.kind == difference.kind
      }) {
        samples[index].ids += 1
        continue
      }
      var sample = DifferenceSample()
      sample.mergeState = check.mergeState
      sample.path = check.path
      sample.window = check.window
      sample.windowMs = check.windowMs
      sample.shape = shape
      sample.kind = difference.kind
      sample.ids = 1
      sample.exampleID = difference.id
      sample.exampleVersions = profile?.versions
      sample.expected = difference.expectedRows == 0 ? nil : difference.expected
      sample.returned = difference.returnedRows == 0 ? nil : difference.returned
      samples.append(sample)
    }
    return samples.sorted { ($0.shape, $0.kind.rawValue) < ($1.shape, $1.kind.rawValue) }
  }
}
