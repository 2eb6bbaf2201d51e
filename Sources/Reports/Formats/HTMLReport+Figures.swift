// Charts and tables of the HTML report.

extension HTMLReport {
  /// A chart with its description and its data as a table.
  func figure(_ chart: Chart, _ provenance: ProvenanceSection) -> HTML {
    let drawn = drawing(chart).map { [$0.wide, $0.narrow] } ?? []
    let caption = element(
      "figcaption",
      [element("strong", chart.title), HTML(" "), HTML(chart.description)])
    var table = chart.table
    table.title = "Data: \(chart.title)"
    let data = element(
      "details",
      [element("summary", "Data of this chart")]
        + html(of: table, provenance, hasTitle: false)
        + [
          element(
            "p", ["class": "remark"],
            "Vega-Lite specification: \(folder)/\(chart.name).vl.json")
        ])
    return element("figure", ["id": "chart-\(chart.name)"], lines: true, [caption] + drawn + [data])
  }

  private func drawing(_ chart: Chart) -> (wide: HTML, narrow: HTML)? {
    guard let drawing = drawings[chart.name] else { return nil }
    return (
      Self.inline(drawing.wide, of: chart, name: "wide"),
      Self.inline(drawing.narrow, of: chart, name: "narrow")
    )
  }

  /// Embeds a drawing: with title, description, responsive width, unique ids and the page's
  /// colours.
  static func inline(_ svg: String, of chart: Chart, name: String) -> HTML {
    guard let head = svg.firstIndex(of: ">"), let start = svg.firstRange(of: "viewBox=\"") else {
      return .nothing
    }
    let box = String(svg[start.upperBound...].prefix { $0 != "\"" })
    let width = box.split(separator: " ").dropFirst(2).first.map(String.init) ?? "680"
    let id = "chart-\(chart.name)-\(name)"
    var body = String(svg[svg.index(after: head)...])
      .replacing("id=\"", with: "id=\"\(id)-").replacing("url(#", with: "url(#\(id)-")
    for (colour, variable) in Palette.variables {
      body = body.replacing("\"\(colour)\"", with: "\"var(--\(variable))\"")
    }
    let open =
      "<svg class=\"\(name)\" role=\"img\" viewBox=\"\(HTML(box).text)\" "
      + "style=\"max-width:\(HTML(width).text)px\" "
      + "aria-labelledby=\"\(id)-title \(id)-description\">"
      + element("title", ["id": "\(id)-title"], chart.title).text
      + element("desc", ["id": "\(id)-description"], chart.description).text
    return HTML(markup: open + body)
  }

  func html(of table: Table, _ provenance: ProvenanceSection, hasTitle: Bool = true) -> [HTML] {
    let title = hasTitle ? [element("h3", table.title)] : []
    let remarks = table.remarks.map { remark in
      element("p", ["class": "remark \(remark.tone == .strong ? "strong" : "")"], remark.text)
    }
    guard !table.rows.isEmpty else { return title + remarks }
    let head = table.headings.map { heading in
      heading.text.isEmpty
        ? element("td", [])
        : element(
          "th", ["scope": "col", "class": heading.kind == .number ? "n" : ""], heading.text)
    }
    let rows = table.rows.enumerated().map { number, row in
      element(
        "tr", ["class": table.groupStarts.contains(number) && number > 0 ? "group" : ""],
        row.enumerated().map { cell($1, table.headings[$0].kind, isFirst: $0 == 0, provenance) })
    }
    let html = element(
      "div",
      ["class": "scroll", "role": "region", "tabindex": "0", "aria-label": table.title],
      [
        element(
          "table",
          [
            element("thead", [element("tr", head)]), element("tbody", lines: true, rows),
          ])
      ])
    return title + [html] + remarks
  }

  private func cell(
    _ field: Field, _ kind: Table.Heading.Kind, isFirst: Bool, _ provenance: ProvenanceSection
  ) -> HTML {
    if let share = field.bar {
      let width = String(Int((min(1, max(0, share)) * 100).rounded()))
      return element(
        "td", ["class": "bar"],
        [element("span", ["class": "\(field.tone)", "style": "width:\(width)%"], [])])
    }
    let text = HTML(field.text.trimmingSpaces)
    let address = field.row.flatMap(provenance.cite) ?? field.cited.flatMap(provenance.cite)
    let inside = address.map { element("a", ["href": "#\($0)"], [text]) } ?? text
    let tone = field.tone == .plain ? "" : " \(field.tone)"
    let isHeading = isFirst && !field.text.isEmpty
    return element(
      isHeading ? "th" : "td",
      [
        "scope": isHeading ? "row" : "",
        "class": ((kind == .number ? "n" : "") + tone).trimmingSpaces,
      ], [inside])
  }
}
