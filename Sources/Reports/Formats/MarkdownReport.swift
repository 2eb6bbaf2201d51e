// report.md: the complete report in GitHub's Markdown, with the run's environment and SQL.

package struct MarkdownReport: Sendable {
  package init() {}

  package func render(_ subject: some Reportable) -> String {
    let model = subject.report
    var blocks = ["# \(escaped(model.title))"]
    blocks += model.warnings.map { "> **Note:** \(escaped($0))" }
    blocks.append(list(model.facts.map { "**\($0.name)**: \(escaped($0.text))" }))
    if !model.claims.isEmpty { blocks += ["## Claims", claims(model.claims)] }
    for content in model.tables {
      blocks +=
        ["## \(escaped(content.title))"] + self.blocks(of: content)
    }
    for trouble in model.troubles {
      blocks += ["## \(trouble.title)", list(trouble.items.map(escaped))]
    }
    blocks += model.footnotes.map { "*\(escaped($0))*" }
    blocks += subject.environments.flatMap(environment)
    return blocks.joined(separator: "\n\n") + "\n"
  }

  private func claims(_ claims: [ClaimLine]) -> String {
    rows(
      ["", "claim", "finding"], [":--", ":--", ":--"],
      claims.map {
        [
          "\($0.mark)&nbsp;**\($0.outcome.rawValue)**", "“\(escaped($0.statement))”",
          escaped($0.reason),
        ]
      })
  }

  /// Omits a table without rows, but not its remarks.
  package func blocks(of content: Table) -> [String] {
    (content.rows.isEmpty ? [] : [table(content)]) + content.remarks.map { escaped($0.text) }
  }

  private func table(_ content: Table) -> String {
    rows(
      content.headings.map { escaped($0.text) },
      content.headings.map { $0.kind == .number ? "--:" : ":--" },
      content.rows.map { row in
        row.map { field in
          if let share = field.bar { return bar(share, width: 12).trimmingTrailingSpaces }
          let text = escaped(field.text.trimmingSpaces)
          return field.tone == .strong && !text.isEmpty ? "**\(text)**" : text
        }
      })
  }

  private func environment(_ environment: Environment) -> [String] {
    [
      "## Environment",
      rows(
        ["", ""], [":--", ":--"], environment.facts.map { [escaped($0.name), escaped($0.text)] }),
    ]
      + environment.documents.flatMap {
        ["### \(escaped($0.title))", code($0.text, $0.language)]
      }
  }

  private func rows(_ header: [String], _ rule: [String], _ rows: [[String]]) -> String {
    ([header, rule] + rows).map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
  }

  private func list(_ items: [String]) -> String {
    items.map { "- \($0)" }.joined(separator: "\n")
  }

  /// Fenced with more backticks than the text contains in a row.
  package func code(_ text: String, _ language: String) -> String {
    var fence = "```"
    while text.contains(fence) { fence += "`" }
    let body = text.hasSuffix("\n") ? String(text.dropLast()) : text
    return "\(fence)\(language)\n\(body)\n\(fence)"
  }
}

private func escaped(_ text: String) -> String {
  clean(text).reduce(into: "") { out, character in
    if "\\`*_[]<>|#~".contains(character) { out.append("\\") }
    out.append(character)
  }
}
