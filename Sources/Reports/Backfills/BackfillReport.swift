// What a backfill came to, and what one would cost, in words for a terminal. Decides no number.

import Analysis
import RunStore
import Units

/// Puts a backfill in words.
package struct BackfillReport {
  package init() {}

  /// A few lines, each with its line break: what was copied, written, merged and compared.
  package func render(_ findings: BackfillFindings) -> String {
    var lines: [(String, String)] = []
    if let copy = findings.costs[.copy] {
      lines.append(("copied", copied(copy)))
    }
    if let mend = findings.costs[.mend] {
      lines.append(("mended", copied(mend)))
    }
    if let merge = findings.costs[.merge] {
      let written = merge.writtenBytes.map { "\(ByteCount($0)) written" } ?? "not measured"
      lines.append(
        (
          "merges",
          "\(plural(merge.writtenParts ?? 0, "merge")) of the view's parts until the end: "
            + "\(written) in \(duration(merge.ms / 1000)), those of other inserts among them"
        ))
    }
    if let peak = findings.memoryPeakBytes {
      lines.append(("memory", "\(ByteCount(peak)) at most in one query (query_log)"))
    }
    for (step, words) in [(BackfillStep.survey, "surveying"), (.verify, "comparing")] {
      if let cost = findings.costs[step] {
        lines.append(
          (words, "\(duration(cost.ms / 1000)) for \(plural(cost.queries, "look"))"))
      }
    }
    if let comparison = findings.comparison { lines += compared(comparison) }
    return lines.map { "\(filled($0.0, 10))  \($0.1)\n" }.joined()
  }

  /// The lines of an estimate for a table of so many rows and uncompressed bytes.
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
      text += "  \(filled("in all", 10))  \(time(estimate.totalMs))\n"
    } else {
      text += "  writing was not measured: give a backfill.csv of an earlier one with --like\n"
    }
    if let written = estimate.writtenBytes {
      text += "  \(filled("written", 10))  \(size(written.value))\(basis(written))\n"
    }
    if estimate.totalMs.lowerBound < 0.9 * estimate.totalMs.upperBound {
      text +=
        "  of two figures one goes by rows and one by bytes: the rows measured have one width, and "
        + "these another\n"
    }
    if let merged = estimate.mergedPerWritten {
      text +=
        "  \(filled("merges", 10))  \(significant(merged)) bytes for each byte written; more for a "
        + "larger table, and for as long as they go on\n"
    }
    if let peak = estimate.memoryPeakBytes {
      text +=
        "  \(filled("memory", 10))  \(ByteCount(peak)) at most in one measured query, of "
        + "\(Count(estimate.rowsMax)) rows at most; larger ones take more, up to --max-memory\n"
    }
    return text
  }

  private func copied(_ cost: BackfillFindings.Cost) -> String {
    let seconds = cost.ms / 1000
    let rows = cost.insertedRows.map { "\(Count($0)) rows" } ?? "rows that no one counted"
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
            + "\(Count(comparison.extra)) in the view only: inserted during the look, or deleted "
            + "from the table"
        ))
    }
    if !comparison.examples.isEmpty {
      lines.append(("wrong", comparison.examples.prefix(3).joined(separator: " ")))
    }
    return lines
  }

  private func basis(_ amount: BackfillEstimate.Amount) -> String {
    let residual = amount.residual.map { ", off by \(fixed($0 * 100, 0)) % among them" } ?? ""
    return "  from \(amount.count) measured\(residual)"
  }

  /// Two ends where they differ by more than a tenth, else the larger.
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
