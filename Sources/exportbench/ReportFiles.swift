// Writes the files of a report: report.md, report.html, chart specifications in charts/ and, in the
// run's folder, the CSV files computed from its records. Each file is written atomically.

import Analysis
import ChartRenderer
import Files
import Foundation
import Reports
import RunStore

struct ReportFiles {
  private let page: URL
  private let markdown: URL
  private let charts: URL
  /// Folder of the derived CSV files; nil for a report outside the run's folder.
  private let tables: URL?

  struct Written {
    let page: String
    let markdown: String
    let charts: String
    let chartCount: Int
    let pageBytes: Int
    /// Why there are no charts; nil if there are.
    let note: String?
  }

  /// Files in `folder`: `report.html`, `report.md`, `charts/`, `summary.csv`.
  init(in folder: String) {
    self.init(page: "\(folder)/report.html", tables: URL(fileURLWithPath: folder))
  }

  /// Files beside a page: `claim.html`, `claim.md`, `claim-charts/`.
  init(page: String) { self.init(page: page, tables: nil) }

  private init(page: String, tables: URL?) {
    self.tables = tables
    let name = URL(fileURLWithPath: page).deletingPathExtension().lastPathComponent
    let folder = (page as NSString).deletingLastPathComponent
    let base = folder.isEmpty ? "" : folder + "/"
    self.page = URL(fileURLWithPath: page)
    markdown = URL(fileURLWithPath: "\(base)\(name).md")
    charts = URL(fileURLWithPath: base + (name == "report" ? "charts" : "\(name)-charts"))
  }

  func write(_ findings: Findings, _ records: Records) throws -> Written {
    try write(
      findings.charts(records), findings.derivedFiles,
      markdown: MarkdownReport().render(findings)
    ) { $0.render(findings, records) }
  }

  func write(_ sweep: SweepFindings, _ records: [Records]) throws -> Written {
    try write(
      sweep.charts, sweep.derivedFiles, markdown: MarkdownReport().render(sweep)
    ) {
      $0.render(sweep, records)
    }
  }

  private func write(
    _ charts: [Chart], _ derived: [DerivedFile], markdown text: String,
    page render: (HTMLReport) -> String
  ) throws -> Written {
    try make(page.deletingLastPathComponent())
    if let tables {
      for file in derived { try write(file.text, to: tables.appendingPathComponent(file.name)) }
    }
    try write(text, to: markdown)
    if !charts.isEmpty { try make(self.charts) }
    for chart in charts {
      try write(
        chart.specification.text() + "\n",
        to: self.charts.appendingPathComponent("\(chart.name).vl.json"))
    }
    var drawings: [String: HTMLReport.Drawing] = [:]
    var note: String?
    do { drawings = try Self.draw(charts) } catch let failure as Drawing.Failure {
      note = "\(failure)"
    }
    let html = render(
      HTMLReport(
        drawings: drawings, note: note.map { "Charts omitted: \($0)." },
        folder: self.charts.lastPathComponent))
    try write(html, to: page)
    return Written(
      page: Self.short(page), markdown: Self.short(markdown), charts: Self.short(self.charts),
      chartCount: charts.count, pageBytes: html.utf8.count, note: note)
  }

  private static func draw(_ charts: [Chart]) throws -> [String: HTMLReport.Drawing] {
    guard !charts.isEmpty else { return [:] }
    guard let drawing = Drawing() else {
      throw Drawing.Failure(
        description: "no chart renderer is installed; run \(Drawing.remedy), then "
          + "exportbench report again")
    }
    let svgs = try drawing.svgs(
      of: charts.map(\.specification.line) + charts.map(\.narrow.line))
    return Dictionary(
      uniqueKeysWithValues: charts.enumerated().map { place, chart in
        (chart.name, .init(wide: svgs[place], narrow: svgs[charts.count + place]))
      })
  }

  private func make(_ folder: URL) throws {
    try Files.makeFolder(Self.short(folder))
  }

  private func write(_ text: String, to file: URL) throws {
    try OutputFile.write(text, to: Self.short(file))
  }

  /// Relative to the current folder, if the file is inside it.
  private static func short(_ url: URL) -> String {
    let here = FileManager.default.currentDirectoryPath + "/"
    return url.path.hasPrefix(here) ? String(url.path.dropFirst(here.count)) : url.path
  }
}
