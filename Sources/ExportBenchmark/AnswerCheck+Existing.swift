// Content check of an answer on existing tables.

import ClickHouseClient
import ExportPaths
import Parquet
import RunStore
import WindowExports

extension AnswerCheck {
  /// Compares an answer with the newest rows of existing tables; runs between the path's
  /// preparation and clean-up.
  ///
  /// - Parameters:
  ///   - reference: the expected rows.
  ///   - columns: those compared.
  ///   - received: checksums of the received file.
  ///   - sample: receives counts, checksums and the verdict.
  /// - Returns: differences by kind; empty for a right answer.
  /// - Throws: ``ClickHouseError``.
  package func compare(
    _ path: ExportPath, with reference: ExistingReference, _ window: ExportWindow,
    _ columns: [Identifier], _ settings: [String: String], _ received: AnswerChecksum,
    _ sample: inout VerificationSample
  ) async throws -> [DifferenceSample] {
    let answer = ExistingAnswer(reference: reference, workspace: workspace)
    let expected = try await expected(answer, window, columns)
    let returned = PathChecksum(rows: received.rows, checksum: received.checksum)
    sample.columns = columns.count
    sample.expectedRows = expected.rows
    sample.returnedRows = returned.rows
    sample.expectedChecksum = "\(expected.checksum)"
    sample.returnedChecksum = "\(returned.checksum)"
    sample.undecidableIDs = expected.undecidable
    guard expected.sum != returned else { return [] }
    guard columns.contains(where: { $0.name == "id" }) else {
      sample.status = .wrongRows
      return []
    }
    // If rows tie, right answers may have different sums.
    let different = try await answer.differences(path, window, columns, settings)
    guard !different.isEmpty else {
      let again = try await PathChecksum.read(
        of: path, for: window, columns: columns, settings: settings, in: workspace.front,
        from: workspace.client)
      guard again != returned else { return [] }
      let error = AnswerError.changed(
        [], expected: AnswerChecksum(rows: again.rows, checksum: again.checksum),
        received: received, mayMove: true)
      sample.status = .wrongRows
      (sample.errorName, sample.errorMessage) = (error.name, error.description)
      return []
    }
    sample.status = .wrongRows
    sample.differentIDs = Set(different.map(\.id)).count
    return summarized(different, like: sample)
  }

  /// One record per shape and kind of difference, with an example.
  private func summarized(
    _ differences: [ExistingAnswer.Difference], like check: VerificationSample
  ) -> [DifferenceSample] {
    var samples: [DifferenceSample] = []
    for difference in differences {
      let shape = difference.shape.rawValue
      if let place = samples.firstIndex(where: {
        $0.shape == shape && $0.kind == difference.kind
      }) {
        samples[place].ids += 1
        continue
      }
      var sample = DifferenceSample()
      (sample.mergeState, sample.path) = (check.mergeState, check.path)
      (sample.window, sample.windowMs) = (check.window, check.windowMs)
      (sample.shape, sample.kind, sample.ids) = (shape, difference.kind, 1)
      sample.exampleID = difference.id
      sample.expected = difference.survivingRows == 0 ? nil : difference.expected
      sample.returned = difference.returnedRows == 0 ? nil : difference.returned
      samples.append(sample)
    }
    return samples.sorted { ($0.shape, $0.kind.rawValue) < ($1.shape, $1.kind.rawValue) }
  }
}
