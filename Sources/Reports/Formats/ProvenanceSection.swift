// The rows behind a page's figures: which of them are shown, in which lines of the run's files they
// stand, and from which rows of other files they come.

import Analysis
import RunStore
import Units

/// Collects the rows of summary.csv that a page shows, and lists them with what is behind them.
final class ProvenanceSection {
  /// A run whose rows may be shown.
  struct Source {
    /// The member's name in a sweep; empty of a single run.
    let name: String
    let findings: Findings
    let provenance: Provenance
    let citedRows: [CitedRows]

    init(name: String, findings: Findings, records: Records) {
      (self.name, self.findings) = (name, findings)
      provenance = Provenance(records, findings.experiments.map { type(of: $0) })
      citedRows = findings.experiments.flatMap(\.citedRows)
    }

    var summary: Summary { findings.summary }
  }

  private let sources: [Source]
  private var cited: [Set<Int>]

  /// At most so many rows of a file are listed; the file has the others.
  private static let mostRows = 2000

  init(_ sources: [Source]) {
    self.sources = sources
    cited = sources.map { _ in [] }
  }

  /// The address of a row on the page; nil if it is none of the runs'.
  func cite(_ row: SummaryRow) -> String? {
    for (number, source) in sources.enumerated() {
      // The first of several runs that have the very same row says as much as any.
      guard let line = source.summary.line(of: row), source.summary.rows[line - 2] == row
      else { continue }
      cited[number].insert(line)
      return Self.address("summary.csv", number, line)
    }
    return nil
  }

  /// The address of a row of another derived file; nil if it is none of the runs'.
  func cite(_ row: CitedRow) -> String? {
    for (number, source) in sources.enumerated() {
      for list in source.citedRows {
        if let line = list.line(of: row) { return Self.address(list.file, number, line) }
      }
    }
    return nil
  }

  /// `stages-0-12`: line 12 of stages.csv of the first run.
  private static func address(_ file: String, _ number: Int, _ line: Int) -> String {
    "\(file.split(separator: ".").first ?? "")-\(number)-\(line)"
  }

  /// The list. Made last, when everything is cited.
  var section: HTMLReport.Section? {
    let lists = sources.indices.flatMap(lists)
    guard !lists.isEmpty else { return nil }
    let files = (["summary.csv"] + sources.flatMap(\.citedRows).map(\.file)).uniqued()
    return HTMLReport.Section(
      id: "rows", title: "Provenance: rows behind the figures",
      [
        element(
          "p",
          "A linked figure leads to its row of \(files.joined(separator: " or ")), and from "
            + "there to the attempts it was computed from. Numbers are in the units of the files, "
            + "bytes and milliseconds; the first column is the line in the file.")
      ] + lists)
  }

  private func lists(_ number: Int) -> [HTML] {
    let source = sources[number]
    let prefix = source.name.isEmpty ? "" : source.name + "/"
    let summary = list(
      "\(prefix)summary.csv", shown: cited[number].count, all: source.summary.rows.count,
      summaryTable(number))
    let derived = source.citedRows.map {
      list("\(prefix)\($0.file)", shown: $0.rows.count, all: $0.rows.count, table($0, number))
    }
    var first = 0
    let files = source.provenance.listings.map { listing in
      defer { first += listing.groups.count }
      return list(
        "\(prefix)\(listing.file)", shown: listing.count, all: listing.count,
        table(listing, number, firstGroup: first))
    }
    return ([summary] + derived + files).compactMap(\.self)
  }

  private func list(_ file: String, shown: Int, all: Int, _ table: HTML) -> HTML? {
    guard shown > 0 else { return nil }
    return element(
      "details",
      [
        element(
          "summary",
          "\(file): \(shown == all ? "" : "\(Count(shown)) of ")\(plural(all, "row"))"),
        element(
          "div", ["class": "scroll", "role": "region", "tabindex": "0", "aria-label": file],
          [table]),
      ])
  }

  private func summaryTable(_ number: Int) -> HTML {
    let source = sources[number]
    let areWrong = cited[number].contains { source.summary.rows[$0 - 2].isWrong }
    let names =
      ["figure", "subject", "n", "median", "low", "high", "p"] + (areWrong ? ["wrong_rows"] : [])
    let columns = names.compactMap { name in SummaryRow.columns.first { $0.name == name } }
    let rows = cited[number].sorted().map { line in
      let row = source.summary.rows[line - 2]
      let place = [row.scope.rawValue, row.mergeState, row.window, row.leg].compactMap(\.self)
      return linkedRow(
        number, "summary.csv", line, place.joined(separator: " "), columns.map { $0.encode(row) },
        source.provenance.places(of: row))
    }
    return table(
      ["line", "of"] + names + ["computed from"], [element("tbody", lines: true, rows)])
  }

  private func table(_ cited: CitedRows, _ number: Int) -> HTML {
    let rows = cited.rows.enumerated().map { place, row in
      linkedRow(
        number, cited.file, place + 2, row.place, row.fields,
        sources[number].provenance.places(of: row.sources))
    }
    return table(
      ["line", "of"] + cited.columns + ["computed from"], [element("tbody", lines: true, rows)])
  }

  /// A row of a derived file with links to the groups behind it.
  private func linkedRow(
    _ number: Int, _ file: String, _ line: Int, _ place: String, _ fields: [String],
    _ groups: [Int]
  ) -> HTML {
    let all = sources[number].provenance.groups
    let links = groups.flatMap { group in
      [
        element("a", ["href": "#group-\(number)-\(group)"], all[group].file),
        HTML(" "),
      ]
    }
    return element(
      "tr", ["id": Self.address(file, number, line)],
      [element("th", ["scope": "row", "class": "n"], "\(line)"), element("td", place)]
        + fields.map { element("td", $0) } + [element("td", links)])
  }

  private func table(_ listing: RowListing, _ number: Int, firstGroup: Int) -> HTML {
    var left = Self.mostRows
    let bodies = listing.groups.enumerated().map { place, group in
      let lines = group.lines.prefix(left)
      left -= lines.count
      let rows = lines.map { line in
        element(
          "tr",
          [element("th", ["scope": "row", "class": "n"], "\(line)")]
            + listing.columns.map { element("td", $0.text(line)) })
      }
      let more = group.lines.count - lines.count
      let title = group.title + (more > 0 ? "; \(plural(more, "more row")) in the file" : "")
      return element(
        "tbody", ["id": "group-\(number)-\(firstGroup + place)"], lines: true,
        [
          element(
            "tr",
            [
              element(
                "th", ["scope": "rowgroup", "colspan": "\(listing.columns.count + 1)"], title)
            ])
        ] + rows)
    }
    return table(["line"] + listing.columns.map(\.name), bodies)
  }

  private func table(_ headings: [String], _ bodies: [HTML]) -> HTML {
    element(
      "table", ["class": "rows"], lines: true,
      [
        element(
          "thead", [element("tr", headings.map { element("th", ["scope": "col"], $0) })])
      ] + bodies)
  }
}
