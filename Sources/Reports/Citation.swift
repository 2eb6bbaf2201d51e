// Figures of runs in somebody's Markdown: found by a comment before them, and written from the
// run's files, so that what a page says is what was measured.
//
//     <!--cite claim-25.8 ratio fresh 30d memory_peak_bytes mv-final/limit-by-->0.547 …<!--/-->
//
// Reads and writes text only; where a run comes from is the caller's business.

import Analysis
import Units

/// Fills the citations of a text.
package struct Citations {
  private let run: (String) throws -> Findings
  private let sweep: (String) throws -> SweepFindings?
  private let file: (String, String) throws -> String

  /// - Parameters:
  ///   - run: gives a run by the name that a citation has for it.
  ///   - sweep: gives a sweep by its name, or nil if the name is a run's.
  ///   - file: gives the text of a file of a run, by the run's name and the file's.
  package init(
    run: @escaping (String) throws -> Findings,
    sweep: @escaping (String) throws -> SweepFindings?,
    file: @escaping (String, String) throws -> String
  ) {
    self.run = run
    self.sweep = sweep
    self.file = file
  }

  /// A citation that cannot be filled. The description is one sentence.
  package struct Mistake: Error, CustomStringConvertible {
    /// The sentence.
    package let description: String

    package init(description: String) { self.description = description }
  }

  private static let opening = "<!--cite "
  private static let closing = "<!--/-->"

  /// The text with every citation written anew.
  ///
  /// - Parameters:
  ///   - text: Markdown.
  ///   - file: how errors name it.
  /// - Returns: the text; the same one, if all of its citations are true.
  /// - Throws: ``Mistake`` for a citation that names what is not there, and what `run` throws.
  package func filled(_ text: String, file: String) throws -> String {
    var parts = text.split(separator: Self.opening, omittingEmptySubsequences: false)[...]
    var out = String(parts.removeFirst())
    for part in parts {
      let line = out.count { $0 == "\n" } + 1
      let halves = part.split(separator: "-->", maxSplits: 1, omittingEmptySubsequences: false)
      guard halves.count == 2, let end = halves[1].firstRange(of: Self.closing) else {
        throw Mistake(description: "\(file):\(line): a citation has no end; write \(Self.closing)")
      }
      let words = halves[0].split(separator: " ").map(String.init)
      let value: String
      do { value = try self.value(words) } catch let error as Mistake {
        throw Mistake(
          description: "\(file):\(line): '\(words.joined(separator: " "))' \(error.description)")
      }
      out += Self.opening + halves[0] + "-->" + value + halves[1][end.lowerBound...]
    }
    return out
  }

  private func value(_ words: [String]) throws -> String {
    guard words.count >= 3 else {
      throw Mistake(description: "is too short; name a run, a kind and what is meant")
    }
    if words[1] == "file", words.count == 3 {
      return "\n\n```\n" + (try file(words[0], words[2])) + "```\n\n"
    }
    if words[1] == "table" {
      let model = try sweep(words[0]).map { ReportModel($0) } ?? ReportModel(try run(words[0]))
      return try table(words.dropFirst(2).joined(separator: " "), of: model)
    }
    let findings = try run(words[0])
    switch (words[1], words.count) {
    case ("median", 4...), ("ratio", 4...):
      let row = try row(Array(words.dropFirst(2)), findings.summary)
      return words[1] == "ratio" ? text(ofRatio: row) : text(ofMedian: row)
    case ("verdict", 3): return try verdict(words[2], findings).outcome.rawValue
    case ("reason", 3): return try verdict(words[2], findings).reason
    default:
      throw Mistake(
        description: "is no citation; write median, ratio, verdict, reason, table or file")
    }
  }

  private func table(_ title: String, of model: ReportModel) throws -> String {
    guard let table = model.tables.first(where: { $0.title == title }) else {
      let known = model.tables.map(\.title).joined(separator: "; ")
      throw Mistake(description: "names no table of the report; there are: \(known)")
    }
    return "\n\n" + MarkdownReport().blocks(of: table).joined(separator: "\n\n") + "\n\n"
  }

  /// The one row of summary.csv of which every word is a field.
  private func row(_ words: [String], _ summary: Summary) throws -> SummaryRow {
    let found = summary.rows.filter { row in
      // A word has no space, and the name of a leg may: `1k_sync` is `1k sync`.
      let fields = Set(SummaryRow.columns.map { $0.encode(row).replacing(" ", with: "_") })
      return words.allSatisfy(fields.contains)
    }
    guard let row = found.first, found.count == 1 else {
      throw Mistake(
        description: "fits \(found.count) rows of summary.csv; name fields of exactly one")
    }
    return row
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
    return "\(significant(median)) [\(significant(interval.low)), \(significant(interval.high))]"
  }

  private func verdict(_ name: String, _ findings: Findings) throws -> Verdict {
    guard let verdict = findings.verdicts.first(where: { $0.claim.name == name }) else {
      let known = findings.verdicts.map(\.claim.name).joined(separator: ", ")
      throw Mistake(description: "names no claim of the run; there are: \(known)")
    }
    return verdict
  }
}
