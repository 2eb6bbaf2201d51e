// Renders ReportModel for a terminal of 80 to 100 columns.
//
// The content is in ReportModel.swift; here are only alignment, bars and colour.

package struct TerminalReport: Sendable {
  package var width: Int
  /// Use ANSI colours; off for pipes and with `NO_COLOR`.
  package var colour: Bool

  package init(width: Int = 100, colour: Bool = false) {
    self.width = max(60, width)
    self.colour = colour
  }

  package func render(_ subject: some Reportable) -> String {
    let model = subject.report
    var lines = [paint(clean(model.title), .strong), ""]
    let margin = (model.facts.map(\.name.count).max() ?? 0) + 2
    for fact in model.facts {
      lines += hanging(paint(filled(fact.name, margin), .faint), margin, clean(fact.text))
    }
    lines += model.warnings.flatMap { hanging(paint("! ", .warning), 2, clean($0), .warning) }
    for table in model.tables { lines += [""] + render(table) }
    for list in model.troubles {
      lines += ["", paint(list.title, .strong)]
      let mark = paint(list.tone == .bad ? "✗ " : "! ", list.tone)
      lines += list.items.flatMap { hanging(mark, 2, clean($0)) }
    }
    if !model.claims.isEmpty {
      lines += ["", paint("Claims", .strong)]
      for claim in model.claims { lines += render(claim) }
    }
    if !model.footnotes.isEmpty {
      lines += [""] + model.footnotes.flatMap { hanging("", 0, $0, .faint) }
    }
    return lines.map(\.trimmingTrailingSpaces).joined(separator: "\n") + "\n"
  }

  private func render(_ claim: ClaimLine) -> [String] {
    let head = "\(claim.mark) \(claim.outcome.rawValue)"
    return hanging(
      paint(head, claim.tone) + String(repeating: " ", count: 16 - head.count), 15,
      "“\(clean(claim.statement))”", .strong)
      + hanging(String(repeating: " ", count: 16), 16, clean(claim.reason))
  }

  private func render(_ table: Table) -> [String] {
    let widths = columnWidths(table)
    let shown = table.headings.indices.filter { widths[$0] > 0 }
    let header = shown.map { column in
      let heading = table.headings[column]
      return heading.kind == .number
        ? padded(heading.text, widths[column]) : filled(heading.text, widths[column])
    }
    var lines = [paint(clean(table.title), .strong)]
    if !table.rows.isEmpty {
      lines.append("  " + paint(header.joined(separator: "  ").trimmingTrailingSpaces, .faint))
    }
    for (number, row) in table.rows.enumerated() {
      if number > 0, table.groupStarts.contains(number), groupsAreTall(table) { lines.append("") }
      lines.append(
        "  "
          + shown.map { field(row[$0], table.headings[$0].kind, widths[$0]) }
          .joined(separator: "  "))
    }
    return lines + table.remarks.flatMap { hanging("  ", 2, clean($0.text), $0.tone) }
  }

  /// Width of each column; 0 if dropped because the table would not fit. Bars share the rest.
  private func columnWidths(_ table: Table) -> [Int] {
    let columns = table.headings.indices
    var widths = columns.map { column in
      if table.headings[column].kind == .bar { return Self.leastBar }
      return max(
        table.headings[column].text.count,
        table.rows.map { clean($0[column].text).count }.max() ?? 0)
    }
    func spare() -> Int { width - widths.filter { $0 > 0 }.reduce(0) { $0 + $1 + 2 } }
    let droppable = columns.filter { table.headings[$0].dropOrder != nil }
      .sorted { table.headings[$0].dropOrder ?? 0 < table.headings[$1].dropOrder ?? 0 }
    for column in droppable where spare() < 0 { widths[column] = 0 }
    let bars = columns.filter { table.headings[$0].kind == .bar && widths[$0] > 0 }
    for bar in bars { widths[bar] += max(0, min(Self.mostBar - Self.leastBar, spare())) }
    return widths
  }

  private static let leastBar = 6
  private static let mostBar = 20

  private func groupsAreTall(_ table: Table) -> Bool {
    table.rows.count > 2 * table.groupStarts.count
  }

  private func field(_ field: Field, _ kind: Table.Heading.Kind, _ width: Int) -> String {
    // Colour excludes the padding, so that the end of a line can be trimmed.
    let text = field.bar.map { bar($0, width: width).trimmingTrailingSpaces } ?? clean(field.text)
    let painted = paint(text, field.tone)
    let padding = String(repeating: " ", count: max(0, width - text.count))
    return kind == .number ? padding + painted : painted + padding
  }

  /// Wraps with a hanging indentation after `mark`.
  func hanging(_ mark: String, _ indent: Int, _ text: String, _ tone: Tone = .plain)
    -> [String]
  {
    wrapped(text, width - indent).enumerated().map { number, line in
      (number == 0 ? mark : String(repeating: " ", count: indent)) + paint(line, tone)
    }
  }

  func paint(_ text: String, _ tone: Tone) -> String {
    let code: String
    switch tone {
    case .plain: return text
    case .good: code = "32"
    case .bad: code = "31"
    case .warning: code = "33"
    case .faint: code = "2"
    case .strong: code = "1"
    }
    guard colour, text.contains(where: { $0 != " " }) else { return text }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}
