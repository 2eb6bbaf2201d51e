// The rows behind a page's figures: which of them are shown, where they stand in the run's files,
// and from which rows of other files they come.

import Analysis
import CSVRecords
import RunStore
import Units

/// Collects the rows of summary.csv that a page shows, and lists them with what is behind them.
final class ProvenanceSection {
  /// A run whose rows may be shown.
  struct Source {
    /// The member's name in a sweep; empty of a single run.
    package let name: String
    package let findings: Findings
    package let records: Records

    package var summary: Summary { findings.summary }
  }

  private let sources: [(source: Source, provenance: Provenance)]
  private var cited: [Set<Int>]

  /// More rows of a file than this are not listed; the file has them.
  private static let mostRows = 2000

  init(_ sources: [Source]) {
    self.sources = sources.map { ($0, Provenance($0.records)) }
    cited = sources.map { _ in [] }
  }

  /// Where the page lists a row; nil if it is none of the runs'.
  package func cite(_ row: SummaryRow) -> String? {
    for (number, (source, _)) in sources.enumerated() {
      // The first of several runs that have the very same row says as much as any.
      guard let line = source.summary.line(of: row), source.summary.rows[line - 2] == row
      else { continue }
      cited[number].insert(line)
      return "summary-\(number)-\(line)"
    }
    return nil
  }

  /// Where the page lists a step of an anatomy; nil if it is none of the runs'.
  package func cite(_ row: StageRow) -> String? {
    for (number, (source, _)) in sources.enumerated() {
      if let place = source.findings.anatomy.firstIndex(of: row) {
        return "anatomy-\(number)-\(place + 2)"
      }
    }
    return nil
  }

  /// The list. Made last, when everything is cited.
  var section: HTMLReport.Section? {
    let lists = sources.indices.flatMap(lists)
    guard !lists.isEmpty else { return nil }
    return HTMLReport.Section(
      id: "rows", title: "The rows behind the figures",
      [
        element(
          "p",
          "A linked figure leads to its row of summary.csv or anatomy.csv, and that to the "
            + "attempts that it was computed from. Numbers are as in the files, in bytes and "
            + "milliseconds; the first column is the line in the file.")
      ] + lists)
  }

  private func lists(_ number: Int) -> [HTML] {
    let (source, provenance) = sources[number]
    let records = source.records
    let prefix = source.name.isEmpty ? "" : source.name + "/"
    let summary = list(
      "\(prefix)summary.csv", shown: cited[number].count, all: source.summary.rows.count,
      summaryTable(number))
    func file<Record: Filed>(_ list: [Record], _ columns: [String]) -> HTML? {
      self.file(number, provenance, list, columns, prefix)
    }
    let time = ["client_wall_ms", "server_query_ms", "server_cpu_ms", "memory_peak_bytes"]
    return [
      summary,
      list(
        "\(prefix)anatomy.csv", shown: source.findings.anatomy.count,
        all: source.findings.anatomy.count, anatomyTable(number)),
      file(
        records.samples,
        ["attempt", "repeat", "status"] + time + ["read_rows", "read_bytes", "result_rows"]),
      file(
        records.inserts,
        ["round", "pair", "status"] + time + ["table_written_bytes", "view_written_bytes"]),
      file(
        records.merges,
        ["round", "role", "settling", "new_bytes", "merge_written_bytes", "merge_cpu_ms"]),
      file(
        records.storage,
        ["table", "role", "parts", "rows", "on_disk_bytes", "compressed_bytes"]),
      file(
        records.frontier,
        ["probe", "search", "limit_bytes", "status", "memory_peak_bytes", "client_wall_ms"]),
    ].compactMap(\.self)
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
    let (source, provenance) = sources[number]
    let areWrong = cited[number].contains { source.summary.rows[$0 - 2].isWrong }
    let columns =
      ["figure", "subject", "n", "median", "low", "high", "p"] + (areWrong ? ["wrong_rows"] : [])
    let rows = cited[number].sorted().map { line in
      let row = source.summary.rows[line - 2]
      let place = [row.scope.rawValue, row.mergeState, row.window, row.leg].compactMap(\.self)
      return linkedRow(
        number, "summary", line, place.joined(separator: " "), row, columns,
        provenance.places(of: row))
    }
    return table(
      ["line", "of"] + columns + ["computed from"], [element("tbody", lines: true, rows)])
  }

  private func anatomyTable(_ number: Int) -> HTML {
    let (source, provenance) = sources[number]
    let columns = [
      "figure", "path", "step", "n", "reached", "share", "share_low", "share_high", "change",
    ]
    let rows = source.findings.anatomy.enumerated().map { place, row in
      linkedRow(
        number, "anatomy", place + 2, "\(row.mergeState) \(row.window)", row, columns,
        provenance.places(of: row))
    }
    return table(
      ["line", "of"] + columns + ["computed from"], [element("tbody", lines: true, rows)])
  }

  /// A row of a file that has links to the groups behind it.
  private func linkedRow<Row: Recorded>(
    _ number: Int, _ file: String, _ line: Int, _ place: String, _ row: Row, _ columns: [String],
    _ groups: [Int]
  ) -> HTML {
    let known = columns.compactMap { name in Row.columns.first { $0.name == name } }
    let provenance = sources[number].provenance
    let links = groups.flatMap { group in
      [
        element("a", ["href": "#group-\(number)-\(group)"], provenance.groups[group].file),
        HTML(" "),
      ]
    }
    return element(
      "tr", ["id": "\(file)-\(number)-\(line)"],
      [element("th", ["scope": "row", "class": "n"], "\(line)"), element("td", place)]
        + known.map { element("td", $0.encode(row)) } + [element("td", links)])
  }

  private func file<Record: Filed>(
    _ number: Int, _ provenance: Provenance, _ records: [Record], _ names: [String],
    _ prefix: String
  ) -> HTML? {
    // What nobody measured has no column.
    let columns = names.compactMap { name in Record.columns.first { $0.name == name } }
      .filter { column in records.contains { !column.encode($0).isEmpty } }
    var left = Self.mostRows
    let bodies = provenance.groups.enumerated().filter { $1.file == Record.fileName }
      .map { place, group in
        let lines = group.lines.prefix(left)
        left -= lines.count
        let rows = lines.map { line in
          element(
            "tr",
            [element("th", ["scope": "row", "class": "n"], "\(line)")]
              + columns.map { element("td", $0.encode(records[line - 2])) })
        }
        let more = group.lines.count - lines.count
        let title = group.title + (more > 0 ? "; \(plural(more, "more row")) in the file" : "")
        return element(
          "tbody", ["id": "group-\(number)-\(place)"], lines: true,
          [
            element(
              "tr",
              [element("th", ["scope": "rowgroup", "colspan": "\(columns.count + 1)"], title)])
          ] + rows)
      }
    return list(
      "\(prefix)\(Record.fileName)", shown: records.count, all: records.count,
      table(["line"] + columns.map(\.name), bodies))
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
