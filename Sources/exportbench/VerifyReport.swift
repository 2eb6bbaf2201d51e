// Text report of `exportbench verify`.

import ExistingTables
import Foundation
import Units
import Verification

struct VerifyReport {
  let found: VerificationFindings

  var text: String {
    var lines = [
      "\(found.database).\(found.table) and \(found.database).\(found.view), "
        + "ClickHouse \(found.server)"
    ]
    if let cluster = found.cluster {
      lines.append("on the cluster \(cluster), rows from the tables of \(found.front ?? "")")
    }
    if let alias = found.modelAlias {
      lines += [
        "", "The table has no column model, which the document's view selects:", "\(alias);",
      ]
    }
    if !found.remarks.isEmpty { lines += [""] + found.remarks.map { "Note: \($0)." } }
    switch found.counts {
    case .value(let counts): lines += ["", "ROWS"] + self.lines(of: counts)
    case .unknown(let reason): lines += ["", "ROWS", "  unknown: \(reason)"]
    case nil: break
    }
    if let project = found.project, let window = found.window {
      lines += ["", "EXPORTS of \(project)"]
      lines.append("  from \(Self.moment(window.lowerBound)) to \(Self.moment(window.upperBound))")
    } else if found.checksums != nil || found.files != nil {
      lines += ["", "EXPORTS"]
    }
    lines += checksumLines + fileLines
    if let drift = found.drift { lines += ["", "SCHEMA"] + self.lines(of: drift) }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: - Rows

  private func lines(of counts: RowCounts) -> [String] {
    func cell(_ value: Int?) -> String { value.map { "\(Count($0))" } ?? "not visible" }
    let (table, view) = (counts.table, counts.view)
    var lines = Self.table([
      ["", found.table, found.view],
      ["count()", cell(table.rows), cell(view.rows)],
      ["count(), FINAL"]
        + [table, view].map { $0.finalReason == nil ? cell($0.finalRows) : "no effect" },
      ["count(DISTINCT id)", cell(table.ids), cell(view.ids)],
      ["active parts"] + [table, view].map { $0.isOrdinaryView ? "none" : cell($0.parts) },
      ["running merges"] + [table, view].map { $0.isOrdinaryView ? "none" : cell($0.merges) },
    ])
    lines.append(explanation(of: counts))
    if counts.agree {
      lines.append(
        "  Table and view have the same number of ids in each of \(Count(counts.projects)) "
          + "projects.")
    } else {
      lines.append(
        "  \(Count(counts.differingProjects)) of \(Count(counts.projects)) projects have a "
          + "different number of ids in the view:")
      lines += Self.table(
        [["project", found.table, found.view]]
          + counts.examples.map { [$0.project, cell($0.tableIDs), cell($0.viewIDs)] })
      lines.append(suspicion(of: counts))
    }
    return lines
  }

  private func explanation(of counts: RowCounts) -> String {
    let apart = counts.view.rows - counts.table.ids
    let head =
      "  The document's check, count() of the view compared with count(DISTINCT id) of the table,"
    guard apart != 0 else { return "\(head) agrees." }
    let parts = counts.view.parts.map { " in the view's \(Count($0)) parts" } ?? ""
    let merges = counts.view.merges.map { " (\(Count($0)) running)" } ?? ""
    let superseded = counts.view.rows - counts.view.ids
    guard superseded > 0 else { return "\(head) differs by \(Count(apart))." }
    if let reason = counts.view.finalReason {
      return "\(head) differs by \(Count(apart)): \(Count(superseded)) rows are further versions "
        + "of an id. FINAL does not remove them: \(reason)."
    }
    return "\(head) differs by \(Count(apart)): \(Count(superseded)) rows\(parts) are old versions "
      + "that merges\(merges) have not dropped yet; FINAL does not return them."
  }

  private func suspicion(of counts: RowCounts) -> String {
    if counts.view.isOrdinaryView {
      return "  An ordinary view stores no rows: its query omits or adds rows."
    }
    if counts.view.ids < counts.table.ids {
      return "  The view has fewer: without a backfill it holds only rows inserted after its "
        + "creation, and none whose insert into the view failed."
    }
    let deleted = counts.table.partsWithDeletedRows ?? 0
    return "  The view has more: a DELETE FROM the table does not change it"
      + (deleted > 0 ? ", and \(Count(deleted)) parts of the table have deleted rows." : ".")
  }

  // MARK: - Exports

  private var checksumLines: [String] {
    switch found.checksums {
    case .value(let sums):
      Self.table(
        [["path", "rows", "checksum"]]
          + sums.map { [$0.path, "\(Count($0.rows))", "\($0.checksum)"] })
    case .unknown(let reason): ["  checksums unknown: \(reason)"]
    case nil: []
    }
  }

  private var fileLines: [String] {
    switch found.files {
    case .value(let files):
      var lines = Self.text(of: files.rows, files.pathA, files.pathB)
      if files.slices.count > 1 {
        lines.append(
          "  Compared in \(files.slices.count) slices of the window, each exported separately, "
            + "because the whole exceeds the limits of a comparison.")
      }
      if files.changedMeanwhile, !files.rows.agree {
        lines.append(
          "  Rows were inserted into the window during the check, so the two exports read "
            + "different rows: choose an older window with --to.")
      }
      return lines
    case .unknown(let reason): return ["  files unknown: \(reason)"]
    case nil: return []
    }
  }

  static func text(of rows: RowDifferences, _ nameA: String, _ nameB: String) -> [String] {
    var lines: [String] = []
    let compared = rows.columns.count + 1
    if rows.agree {
      lines.append(
        "  The files of \(nameA) and \(nameB) have the same \(Count(rows.rowsA)) rows in "
          + "\(compared) columns, in any order.")
    } else {
      lines.append("  The files of \(nameA) (A) and \(nameB) (B) differ:")
    }
    for (count, words) in [
      (rows.rowsA == rows.rowsB ? 0 : rows.rowsA, "rows in A"),
      (rows.rowsA == rows.rowsB ? 0 : rows.rowsB, "rows in B"), (rows.onlyA, "ids only in A"),
      (rows.onlyB, "ids only in B"), (rows.doubledA, "ids in more than one row of A"),
      (rows.doubledB, "ids in more than one row of B"), (rows.differing, "ids that differ"),
    ] where count > 0 {
      lines.append("    \(Count(count)) \(words)")
    }
    for column in rows.columns where column.ids > 0 {
      lines.append("      \(Count(column.ids)) in \(column.name)")
    }
    for column in rows.columns where column.typeA != column.typeB {
      lines.append(
        "    \(column.name) is \(column.typeA) in A and \(column.typeB) in B: compared as text")
    }
    for (names, side) in [(rows.columnsOnlyA, "A"), (rows.columnsOnlyB, "B")] where !names.isEmpty {
      lines.append("    only in \(side), and not compared: \(names.joined(separator: ", "))")
    }
    if !rows.examples.isEmpty { lines.append("  the first of each kind:") }
    for example in rows.examples { lines += text(of: example) }
    return lines
  }

  private static func text(of example: RowDifferences.Example) -> [String] {
    let id = printable(example.id)
    switch example.kind {
    case .onlyA: return ["    \(id) only in A"]
    case .onlyB: return ["    \(id) only in B"]
    case .doubled: return ["    \(id) in more than one row"]
    case .value:
      let shown = [example.valueA, example.valueB].map { $0.map { "'\(printable($0))'" } ?? "NULL" }
      return [
        "    \(id), \(example.column ?? "")", "      A \(shown[0])", "      B \(shown[1])",
      ]
    }
  }

  /// Escapes control characters.
  private static func printable(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      default:
        if scalar.properties.generalCategory == .control {
          out += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
          out.unicodeScalars.append(scalar)
        }
      }
    }
    return out
  }

  // MARK: - Schema

  private func lines(of drift: SchemaDrift) -> [String] {
    var lines: [String] = []
    if drift.differences.isEmpty {
      lines.append("  The view has the same columns as the table.")
    } else {
      lines += Self.table(
        [["column", "", found.table, found.view]]
          + drift.differences.map { difference in
            [
              difference.column, difference.kind.rawValue,
              difference.table.isEmpty ? "-" : difference.table,
              difference.view.isEmpty ? "-" : difference.view,
            ]
          })
    }
    lines += obstacles(of: drift)
    if !drift.lostToTheExport.isEmpty {
      lines.append(
        "  Langfuse's own export selects what the view lacks: "
          + drift.lostToTheExport.joined(separator: ", ") + ".")
    }
    lines += drift.remarks.map { "  Note: \($0)." }
    if !drift.statements.isEmpty, let script = found.script { lines += ["", "ALTERS", script] }
    return lines
  }

  /// Reasons why columns cannot be altered, grouped by reason.
  private func obstacles(of drift: SchemaDrift) -> [String] {
    var columns: [(reason: String, names: [String])] = []
    for difference in drift.differences {
      guard let instead = difference.instead else { continue }
      let reason = "(\(difference.kind.rawValue)): \(instead)."
      if let place = columns.firstIndex(where: { $0.reason == reason }) {
        columns[place].names.append(difference.column)
      } else {
        columns.append((reason, [difference.column]))
      }
    }
    return columns.map { "  \($0.names.joined(separator: ", ")) \($0.reason)" }
  }

  /// Aligned columns; numbers on the right, texts on the left.
  private static func table(_ rows: [[String]]) -> [String] {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0
    }
    return rows.map { row in
      var line = ""
      for (cell, width) in zip(row, widths) {
        let blanks = String(repeating: " ", count: width - cell.count)
        let isNumber = cell.first?.isNumber == true && cell.allSatisfy { $0.isNumber || $0 == "," }
        line += "  " + (isNumber ? blanks + cell : cell + blanks)
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  private static func moment(_ milliseconds: Int64) -> String {
    Date(timeIntervalSince1970: Double(milliseconds) / 1000)
      .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }
}
