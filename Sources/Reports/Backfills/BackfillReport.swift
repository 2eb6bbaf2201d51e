// Renders the result of a backfill, and an estimate, for a terminal.

import Analysis
import RunStore
import Units

package struct BackfillReport {
  package init() {}

  package func render(_ findings: BackfillFindings) -> String {
    var lines: [(String, String)] = []
    if let copy = findings.costs[.copy] {
      lines.append(("copied", copied(copy)))
    }
    if let repairs = findings.costs[.repair] {
      lines.append(("repaired", copied(repairs)))
    }
    if let merge = findings.costs[.merge] {
      let written = merge.writtenBytes.map { "\(ByteCount($0)) written" } ?? "not measured"
      lines.append(
        (
          "merges",
          "\(plural(merge.writtenParts ?? 0, "merge")) of the view's parts: "
            + "\(written) in \(duration(merge.ms / 1000)), including merges of other inserts"
        ))
    }
    if let peak = findings.memoryPeakBytes {
      lines.append(("memory", "\(ByteCount(peak)) maximum of one query (query_log)"))
    }
    for (step, words) in [(BackfillStep.survey, "surveying"), (.verify, "comparing")] {
      if let cost = findings.costs[step] {
        lines.append(
          (words, "\(duration(cost.ms / 1000)) for \(plural(cost.queries, "query"))"))
      }
    }
    if let comparison = findings.comparison { lines += compared(comparison) }
    return lines.map { "\(filled($0.0, 10))  \($0.1)\n" }.joined()
  }

  /// - Parameter bytes: uncompressed.
  package func render(_ estimate: BackfillEstimate, rows: Int, bytes: Int) -> String {
    let names: [(BackfillStep, String)] = [
      (.survey, "surveying"), (.read, "reading"), (.copy, "copying"), (.verify, "comparing"),
      (.final, "FINAL"),
    ]
    var text = "estimate for \(Count(rows)) rows of \(ByteCount(bytes)), uncompressed\n"
    for (step, name) in names {
      guard let amount = estimate.ms[step] else { continue }
      text += "  \(filled(name, 10))  \(time(amount.value))\(basis(amount))\n"
    }
    if estimate.ms[.copy] != nil {
      text += "  \(filled("total", 10))  \(time(estimate.totalMs))\n"
    } else {
      text += "  writes were not measured: give an earlier backfill.csv with --like\n"
    }
    if let written = estimate.writtenBytes {
      text += "  \(filled("written", 10))  \(size(written.value))\(basis(written))\n"
    }
    if estimate.totalMs.lowerBound < 0.9 * estimate.totalMs.upperBound {
      text +=
        "  the two values extrapolate by rows and by bytes: row widths differ from those measured\n"
    }
    if let merged = estimate.mergedPerWritten {
      text +=
        "  \(filled("merges", 10))  \(significant(merged)) bytes per byte written; more for a "
        + "larger table\n"
    }
    if let peak = estimate.memoryPeakBytes {
      text +=
        "  \(filled("memory", 10))  \(ByteCount(peak)) maximum of one measured query, of up to "
        + "\(Count(estimate.rowsMax)) rows; larger queries use more, up to --max-memory\n"
    }
    return text
  }

  private func copied(_ cost: BackfillFindings.Cost) -> String {
    let seconds = cost.ms / 1000
    let rows = cost.insertedRows.map { "\(Count($0)) rows" } ?? "an unknown number of rows"
    let written =
      cost.writtenBytes.map {
        "; \(ByteCount($0)) written in \(plural(cost.writtenParts ?? 0, "part"))"
      } ?? ""
    let cpu = cost.cpuMs.map { ", \(duration($0 / 1000)) of CPU" } ?? ""
    return "\(rows) in \(plural(cost.queries, "insert")), \(duration(seconds))\(cpu)\(written)"
  }

  private func compared(_ comparison: BackfillFindings.Comparison) -> [(String, String)] {
    var lines = [
      (
        "compared",
        "\(Count(comparison.tableIDs)) keys of the table, \(Count(comparison.viewIDs)) of the "
          + "view: \(Count(comparison.missing)) missing, \(Count(comparison.stale)) stale, "
          + "\(Count(comparison.different)) different, \(Count(comparison.doubled)) doubled"
      )
    ]
    if comparison.ahead + comparison.extra > 0 {
      lines.append(
        (
          "besides",
          "\(Count(comparison.ahead)) newer in the view than in the table, "
            + "\(Count(comparison.extra)) only in the view: inserted during the comparison, or "
            + "deleted from the table"
        ))
    }
    if !comparison.examples.isEmpty {
      lines.append(("wrong", comparison.examples.prefix(3).joined(separator: " ")))
    }
    return lines
  }

  private func basis(_ amount: BackfillEstimate.Amount) -> String {
    let residual = amount.residual.map { ", fit error \(fixed($0 * 100, 0)) %" } ?? ""
    return "  from \(amount.count) measured\(residual)"
  }

  /// Both ends if they differ by more than 10 %, otherwise the larger.
  private func range(_ ends: ClosedRange<Double>, _ text: (Double) -> String) -> String {
    let (low, high) = (ends.lowerBound, ends.upperBound)
    return low < 0.9 * high ? "\(text(low)) to \(text(high))" : text(high)
  }

  private func time(_ ends: ClosedRange<Double>) -> String {
    range(ends) { duration($0 / 1000) }
  }

  private func size(_ ends: ClosedRange<Double>) -> String {
    range(ends) { "\(ByteCount($0 < 9e18 ? Int($0) : .max))" }
  }
}
