// Whether a path's answer is correct: the file that arrives is compared by content with the rows
// that must survive (``CorrectAnswer``).
//
// No part of any measurement: it exports once more, after the attempts of a state of merges.

import BenchmarkSpec
import ClickHouseClient
import ExportPaths
import Failures
import Parquet
import RunStore
import Units
import WindowExports
import Workspace

/// Checks the answers of paths on one workspace.
final class AnswerCheck {
  private let workspace: Workspace
  private let truth: Truth
  private let correct: any CorrectAnswer
  private let profile: SettingsProfile?
  private let settings: [String: String]
  /// Whether the correct rows can be asked for.
  private(set) var isPrepared = false
  private var expectations: [String: ExpectedAnswer] = [:]

  /// - Parameters:
  ///   - workspace: where table and view are.
  ///   - truth: what the answers must be.
  ///   - profile: the benchmark's profile of settings.
  ///   - settings: those of the exports, over a profile.
  init(
    _ workspace: Workspace, _ truth: Truth, profile: SettingsProfile? = nil,
    settings: [String: String]
  ) {
    self.workspace = workspace
    self.truth = truth
    correct =
      switch truth {
      case .generated(let dataset): GeneratedAnswer(dataset: dataset, workspace: workspace)
      case .answers(let reference, _):
        ExistingAnswer(reference: reference, workspace: workspace)
      }
    self.profile = profile
    self.settings = settings
  }

  /// Makes the table of the rows that must survive, where the generator names them.
  func prepare() async throws {
    try await correct.prepare()
    isPrepared = true
  }

  /// Checks one path in one window.
  ///
  /// - Parameters:
  ///   - path: the path.
  ///   - length: the window's, from the dataset's start.
  ///   - state: the state of merges that the tables are in.
  /// - Returns: the verdict on the answer, and what differs by shape and kind; nothing where it is
  ///   right.
  /// - Throws: the cancellation of the task, and whatever is the end of the run.
  func check(
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
      ) { found = try await compare(path, window, $0, &sample) }
      return (sample, found)
    } catch {
      try sample.fail(with: error)
      return (sample, [])
    }
  }

  /// Compares count, checksums and, where these differ, ids.
  ///
  /// - Parameters:
  ///   - path: the path, between its statements before and after.
  ///   - window: the project and the window.
  ///   - settings: the path's.
  ///   - sample: gets counts, checksums and the verdict.
  /// - Returns: how ids differ, by shape and kind.
  /// - Throws: ``ClickHouseError``, ``AnswerError``.
  private func compare(
    _ path: ExportPath, _ window: ExportWindow, _ settings: [String: String],
    _ sample: inout VerificationSample
  ) async throws -> [DifferenceSample] {
    let all = try await PathColumn.all(
      of: path.sql, for: window, settings: settings, in: workspace.front, from: workspace.client)
    let columns = try await correct.comparable(all, window)
    let names = try columns.map { try Identifier($0.name) }
    let returned = try await received(path, window, columns)
    let expected = try await expected(window, names)
    sample.columns = names.count
    sample.expectedRows = expected.sums.rows
    sample.returnedRows = returned.rows
    sample.expectedChecksum = "\(expected.sums.checksum)"
    sample.returnedChecksum = "\(returned.checksum)"
    sample.undecidableIDs = expected.undecidable
    guard !expected.matches(returned) else { return [] }
    sample.status = .wrongRows
    let hasIDs = names.contains { $0.name == "id" }
    let different = hasIDs ? try await correct.differences(path, window, names, settings) : []
    guard different.isEmpty else {
      sample.differentIDs = Set(different.map(\.id)).count
      return DifferenceSample.summaries(of: different, in: sample)
    }
    var sums = expected.sums
    if correct.isOfExistingTables {
      // Without ids the difference is unknown. Where newest rows tie, checksums of right answers
      // may differ: then the file has what the server returns.
      guard hasIDs else { return [] }
      sums = try await AnswerChecksum.read(
        of: path, for: window, columns: names, settings: settings, in: workspace.front,
        from: workspace.client)
      if sums == returned {
        sample.status = .ok
        return []
      }
    }
    let error = AnswerError.changed(
      names.map(\.name), expected: sums, received: returned, mayMove: correct.isOfExistingTables)
    (sample.errorName, sample.errorMessage) = (error.name, error.description)
    return []
  }

  /// Exports a window into a file without a name, and takes the checksums of what arrived.
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
      // A full disk says nothing of the run.
      throw AnswerError(name: "ANSWER_NOT_CHECKED", description: "\(error)")
    }
  }

  private func settings(of path: ExportPath) -> [String: String] {
    path.settings(under: profile, on: workspace).merging(settings) { $1 }
  }

  /// The correct answer in a window, asked once for all paths with the same columns.
  private func expected(
    _ window: ExportWindow, _ columns: [Identifier]
  ) async throws -> ExpectedAnswer {
    let key = "\(window.range) \(columns)"
    if let known = expectations[key] { return known }
    let found = try await correct.expected(window, columns)
    expectations[key] = found
    return found
  }
}
