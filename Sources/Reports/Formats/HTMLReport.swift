// report.html: the complete report on one self-contained page without network access or scripts.
// The caller draws the charts.

import Analysis
import RunStore

package struct HTMLReport: Sendable {
  /// For each of the two widths.
  package struct Drawing: Sendable {
    package let wide: String
    package let narrow: String

    package init(wide: String, narrow: String) { (self.wide, self.narrow) = (wide, narrow) }
  }

  package let drawings: [String: Drawing]
  package let folder: String
  private let note: String?

  /// - Parameters:
  ///   - drawings: by the names of charts.
  ///   - note: why there are no drawings; nil if there are.
  ///   - folder: contains the specifications of the charts, beside the page.
  package init(drawings: [String: Drawing], note: String? = nil, folder: String = "charts") {
    (self.drawings, self.note, self.folder) = (drawings, note, folder)
  }

  package func render(_ findings: Findings, _ records: Records) -> String {
    let provenance = ProvenanceSection([
      .init(name: "", findings: findings, records: records)
    ])
    return page(
      findings.report, findings.charts(records), provenance,
      further: [environment(Environment(findings.manifest), title: "Environment")])
  }

  package func render(_ sweep: SweepFindings, _ records: [Records]) -> String {
    let provenance = ProvenanceSection(
      zip(sweep.members, records).map {
        .init(name: $0.name, findings: $0.findings, records: $1)
      })
    return page(
      sweep.report, sweep.charts, provenance,
      further: sweep.members.map {
        environment(Environment($0.findings.manifest), title: "Environment of \($0.name)")
      })
  }

  private func page(
    _ model: ReportModel, _ charts: [Chart], _ provenance: ProvenanceSection, further: [HTML]
  )
    -> String
  {
    let parts = model.topics.compactMap { topic in
      part(
        topic, model.tables.filter { $0.topic == topic }, charts.filter { $0.topic == topic },
        provenance)
    }
    let sections =
      [verdicts(model.claims)].compactMap(\.self) + parts
      + [troubles(model), reading(model), provenance.section].compactMap(\.self)
    let body: [HTML] = [
      element("a", ["class": "skip", "href": "#main"], "Skip to the findings"),
      header(model, sections.map { ($0.id, $0.title) } + [("environment", "Environment")]),
      element("main", ["id": "main"], lines: true, sections.map(\.html)),
      element(
        "section", ["id": "environment", "aria-label": "Environment"], lines: true, further),
    ]
    let head: [HTML] = [
      HTML(markup: "<meta charset=\"utf-8\">"),
      HTML(
        markup: "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"),
      HTML(markup: "<meta name=\"color-scheme\" content=\"light dark\">"),
      // The page can neither load nor run anything.
      HTML(
        markup: "<meta http-equiv=\"Content-Security-Policy\" "
          + "content=\"default-src 'none'; style-src 'unsafe-inline'\">"),
      element("title", model.title),
      HTML(markup: "<style>\n\(Self.style)</style>"),
    ]
    return "<!doctype html>\n"
      + element(
        "html", ["lang": "en"], lines: true,
        [element("head", lines: true, head), element("body", lines: true, body)]
      ).text + "\n"
  }

  private static let style = String(decoding: PackageResources.report_css, as: UTF8.self)

  /// Listed in the table of contents.
  struct Section {
    package let id: String
    package let title: String
    package let html: HTML

    init(id: String, title: String, _ children: [HTML]) {
      (self.id, self.title) = (id, title)
      html = element(
        "section", ["id": id, "aria-labelledby": "\(id)-title"], lines: true,
        [element("h2", ["id": "\(id)-title"], title)] + children)
    }
  }

  private func header(_ model: ReportModel, _ contents: [(id: String, title: String)]) -> HTML {
    let facts = model.facts.flatMap { [element("dt", $0.name), element("dd", $0.text)] }
    return element(
      "header", lines: true,
      [element("h1", model.title), element("dl", ["class": "facts"], facts)]
        + model.warnings.map { element("p", ["class": "note"], $0) }
        + [
          element(
            "nav", ["aria-label": "Contents"],
            [
              element(
                "ul",
                contents.map {
                  element("li", [element("a", ["href": "#\($0.id)"], $0.title)])
                })
            ])
        ])
  }

  private func verdicts(_ claims: [ClaimLine]) -> Section? {
    guard !claims.isEmpty else { return nil }
    let counts = [Outcome.supported, .refuted, .unstable, .inconclusive].compactMap { outcome in
      let count = claims.count { $0.outcome == outcome }
      return count == 0 ? nil : "\(count) \(outcome.rawValue)"
    }
    let items = claims.map { claim in
      element(
        "li", ["class": "verdict \(claim.tone)"],
        [
          element(
            "p", ["class": "outcome"],
            [
              element("span", ["aria-hidden": "true"], claim.mark + " "),
              HTML(claim.outcome.rawValue),
            ]),
          element("blockquote", claim.statement), element("p", claim.reason),
        ])
    }
    return Section(
      id: "verdicts", title: "Verdicts",
      [
        element("p", "\(plural(claims.count, "claim")): \(counts.joined(separator: ", "))."),
        element("ol", ["class": "verdicts"], lines: true, items),
      ])
  }

  private func part(
    _ topic: Topic, _ tables: [Table], _ charts: [Chart], _ provenance: ProvenanceSection
  )
    -> Section?
  {
    guard !tables.isEmpty || !charts.isEmpty else { return nil }
    return Section(
      id: topic.id, title: topic.title,
      (charts.isEmpty ? [] : [note.map { element("p", ["class": "note"], $0) }].compactMap(\.self))
        + charts.map { figure($0, provenance) }
        + tables.flatMap { html(of: $0, provenance, hasTitle: $0.title != topic.title) })
  }

  private func troubles(_ model: ReportModel) -> Section? {
    guard !model.troubles.isEmpty else { return nil }
    return Section(
      id: "troubles", title: "Problems",
      model.troubles.flatMap { list in
        [element("h3", list.title), element("ul", list.items.map { element("li", $0) })]
      })
  }

  private func reading(_ model: ReportModel) -> Section? {
    guard !model.footnotes.isEmpty else { return nil }
    return Section(
      id: "reading", title: "How to read the figures", model.footnotes.map { element("p", $0) })
  }

  private func environment(_ environment: Environment, title: String) -> HTML {
    let facts = environment.facts.map {
      element("tr", [element("th", ["scope": "row"], $0.name), element("td", $0.text)])
    }
    return element(
      "div", lines: true,
      [
        element("h2", title),
        element("div", ["class": "scroll"], [element("table", ["class": "facts"], facts)]),
      ]
        + environment.documents.map { title, text, _ in
          element(
            "details",
            [
              element("summary", title),
              element("pre", ["tabindex": "0"], [HTML(markup: lines(text))]),
            ])
        })
  }

  /// Escapes each line separately, because escaping removes control characters.
  private func lines(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { HTML(String($0)).text }
      .joined(separator: "\n")
  }
}
