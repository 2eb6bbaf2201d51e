// Table of answers: whether each path returned the expected rows, and the causes of differences.

import Analysis
import RunStore
import Units

struct AnswerTable {
  private let verifications: [VerificationSample]
  private let differences: [DifferenceSample]
  /// What answers are compared with.
  private let standard: String

  init(_ findings: Findings) {
    verifications = findings.verifications
    differences = findings.differences
    let manifest = findings.manifest
    standard =
      switch manifest.dataset.existingTables {
      case nil: "the ground truth"
      case let found?: found.reference ?? "the answers of \(manifest.baseline)"
      }
  }

  var tables: [Table] {
    guard !verifications.isEmpty else { return [] }
    var table = Table(
      title: "Answers",
      headings: [
        .text("merge state"), .text("window"), .text("path"), .number("expected", drop: 1),
        .number("returned", drop: 0), .number("wrong ids"), .text("of which"),
      ])
    let wrong = verifications.filter { $0.status != .ok }
    for checks in wrong.runs(by: { "\($0.mergeState) \($0.window)" }) {
      let rows = checks.enumerated().flatMap { number, check in
        causes(of: check).enumerated().map { place, cause in
          let numbers = [check.expectedRows, check.returnedRows, check.differentIDs].map {
            place == 0 ? $0.map { "\(Count($0))" } ?? "–" : ""
          }
          return [
            Field(place + number == 0 ? check.window : ""), Field(place == 0 ? check.path : ""),
            Field(numbers[0]), Field(numbers[1]), Field(numbers[2], .bad), Field(cause),
          ]
        }
      }
      table.append(group: checks[0].mergeState, rows)
    }
    let right = verifications.count { $0.status == .ok }
    // A path may return fewer columns than another; only common columns are compared.
    let counts = verifications.compactMap(\.columns)
    let (fewest, most) = (counts.min() ?? 0, counts.max() ?? 0)
    let columns = fewest == most ? "\(most)" : "\(fewest) to \(most)"
    let failed = verifications.count { ![.ok, .wrongRows].contains($0.status) }
    let undecidable = verifications.compactMap(\.undecidableIDs).max() ?? 0
    table.remark(
      "\(right) of \(plural(verifications.count, "answer")) compared with \(standard) in "
        + "\(columns) columns are right, row by row"
        + (failed > 0 ? "; \(plural(failed, "check")) failed" : "")
        + (differences.isEmpty ? "" : "; differences.csv has an id for each kind of difference"),
      right == verifications.count ? .good : .bad)
    if undecidable > 0 {
      table.remark(
        "undecidable: at most \(plural(undecidable, "id")) in a window with two newest rows"
          + " (the same version, different values); either is accepted", .warning)
    }
    return [table]
  }

  /// For example `571 moved_month: returned though not in the window or deleted`.
  private func causes(of check: VerificationSample) -> [String] {
    let found = differences.filter {
      $0.mergeState == check.mergeState && $0.window == check.window && $0.path == check.path
    }
    // The full error is listed with the failed attempts.
    if check.status == .wrongRows, let name = check.errorName { return [name] }
    guard !found.isEmpty else { return [check.finding] }
    return found.sorted { ($1.ids, $0.shape) < ($0.ids, $1.shape) }.map {
      ExistingShape(rawValue: $0.shape) == nil
        ? "\(Count($0.ids)) \($0.shape): \($0.words)" : "\(Count($0.ids)) \($0.words)"
    }
  }
}
