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
        .init(text: "merge state", kind: .text), .init(text: "window", kind: .text),
        .init(text: "path", kind: .text), .init(text: "expected", kind: .number, dropOrder: 1),
        .init(text: "returned", kind: .number, dropOrder: 0),
        .init(text: "wrong ids", kind: .number),
        .init(text: "of which", kind: .text),
      ])
    var last = ""
    for check in verifications where check.status != .ok {
      let group = "\(check.mergeState) \(check.window)"
      if group != last { table.groupStarts.insert(table.rows.count) }
      let lines = causes(of: check)
      for (place, cause) in lines.enumerated() {
        let isFirst = place == 0
        table.rows.append([
          Field(text: group == last || !isFirst ? "" : check.mergeState, tone: .strong),
          Field(text: group == last || !isFirst ? "" : check.window),
          Field(text: isFirst ? check.path : ""),
          Field(text: isFirst ? number(check.expectedRows) : ""),
          Field(text: isFirst ? number(check.returnedRows) : ""),
          Field(text: isFirst ? number(check.differentIDs) : "", tone: .bad),
          Field(text: cause),
        ])
      }
      last = group
    }
    let right = verifications.count { $0.status == .ok }
    // A path may return fewer columns than another; only common columns are compared.
    let counts = verifications.compactMap(\.columns)
    let (fewest, most) = (counts.min() ?? 0, counts.max() ?? 0)
    let columns = fewest == most ? "\(most)" : "\(fewest) to \(most)"
    let failed = verifications.count { ![.ok, .wrongRows].contains($0.status) }
    let undecidable = verifications.compactMap(\.undecidableIDs).max() ?? 0
    table.remarks = [
      Field(
        text: "\(right) of \(plural(verifications.count, "answer")) compared with \(standard) in "
          + "\(columns) columns are right, row by row"
          + (failed > 0 ? "; \(plural(failed, "check")) failed" : "")
          + (differences.isEmpty ? "" : "; differences.csv has an id for each kind of difference"),
        tone: right == verifications.count ? .good : .bad)
    ]
    if undecidable > 0 {
      table.remarks.append(
        Field(
          text: "undecidable: at most \(plural(undecidable, "id")) in a window with two newest rows"
            + " (the same version, different values); either is accepted",
          tone: .warning))
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

  private func number(_ value: Int?) -> String { value.map { "\(Count($0))" } ?? "–" }
}
