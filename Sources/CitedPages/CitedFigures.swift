// Finds the text, table or file for a citation.

import Analysis
import Reports
import Units

struct CitedFigures {
  typealias Mistake = Citations.Mistake

  let run: (String) throws -> Findings
  let sweep: (String) throws -> SweepFindings?
  let exists: (String) -> Bool
  let file: (String) throws -> String

  /// - Throws: `Citations.Mistake` if it names what does not exist.
  func text(of citation: Citation) throws -> String {
    guard exists(citation.file) else {
      throw Mistake("\(citation.file) is not a file of a run; link to one, such as samples.csv")
    }
    let what = citation.words.joined(separator: " ")
    switch citation.kind {
    case .file: return MarkdownReport().code(try file(citation.file), "")
    case .table:
      return try table(what, of: try sweep(citation.run)?.report ?? run(citation.run).report)
    case .median: return text(ofMedian: try row(citation))
    case .ratio: return text(ofRatio: try row(citation))
    case .verdict: return try verdict(what, of: citation.run).outcome.rawValue
    case .reason: return try verdict(what, of: citation.run).reason
    }
  }

  /// A table, followed by its remarks as a quote, by which it is found again.
  private func table(_ title: String, of model: ReportModel) throws -> String {
    func words(_ text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }
    guard let table = model.tables.first(where: { words($0.title) == words(title) }) else {
      let known = model.tables.map { "'\($0.title)'" }.joined(separator: ", ")
      throw Mistake("the report has no table '\(title)'; it has \(known)")
    }
    let blocks = MarkdownReport().blocks(of: table)
    let rows = blocks.prefix(table.rows.isEmpty ? 0 : 1)
    let remarks = blocks.dropFirst(rows.count).map { "> \($0)" }.joined(separator: "\n>\n")
    return (rows + (remarks.isEmpty ? [] : [remarks])).joined(separator: "\n\n")
  }

  private func row(_ citation: Citation) throws -> SummaryRow {
    let rows = try run(citation.run).summary.rows
    let scores = rows.map { row in
      let fields = Self.fields(of: row)
      return citation.words.count(where: fields.contains)
    }
    let best = scores.max() ?? 0
    let found = zip(rows, scores).filter { $1 == best }.map(\.0)
    if found.count == 1, best == citation.words.count { return found[0] }
    let what = citation.words.joined(separator: " ")
    let names = found.prefix(3).map { "'\(Self.fields(of: $0).joined(separator: " "))'" }
      .joined(separator: ", ")
    throw Mistake(
      best == citation.words.count
        ? "'\(what)' matches \(found.count) rows of the run, such as \(names); name one of them"
        : "'\(what)' matches no row of the run; the closest: \(names)")
  }

  /// Fields that identify a row. Spaces become underscores: leg `1k sync` is `1k_sync`.
  private static func fields(of row: SummaryRow) -> [String] {
    [row.scope.rawValue, row.mergeState, row.window, row.figure, row.subject, row.leg]
      .compactMap { $0?.replacing(" ", with: "_") }
  }

  private func text(ofMedian row: SummaryRow) -> String {
    guard let median = row.median else { return row.isWrong ? WrongRows.text : "–" }
    let isRatio = row.subject.contains("/")
    return (isRatio ? significant(median) : row.unit.text(median))
      + (row.isWrong ? " (\(WrongRows.text))" : "")
  }

  private func text(ofRatio row: SummaryRow) -> String {
    guard let median = row.median else { return row.isWrong ? WrongRows.text : "–" }
    guard let interval = row.interval else { return significant(median) }
    return "\(significant(median)) \(interval.text)"
  }

  private func verdict(_ name: String, of run: String) throws -> Verdict {
    let verdicts = try self.run(run).verdicts
    guard let verdict = verdicts.first(where: { $0.claim.name == name }) else {
      let known = verdicts.map(\.claim.name).joined(separator: ", ")
      throw Mistake("the run has no claim '\(name)'; it has \(known)")
    }
    return verdict
  }
}
