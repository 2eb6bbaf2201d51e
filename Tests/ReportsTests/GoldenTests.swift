// The reports, letter by letter, against files in Goldens.
//
// To accept a change: EXPORTBENCH_UPDATE_GOLDENS=1 swift test --filter ReportsTests, then read the
// diff.

import Analysis
import Foundation
import Reports
import RunStore
import Testing

@Suite struct GoldenTests {
  @Test(arguments: [80, 100]) func terminal(width: Int) throws {
    let text = TerminalReport(width: width).render(try HandMadeRun.findings())
    try expectGolden(text, "terminal-\(width).txt")
    for line in text.split(separator: "\n") { #expect(line.count <= width) }
  }

  @Test func terminalInColour() throws {
    let text = TerminalReport(width: 100, colour: true).render(try HandMadeRun.findings())
    try expectGolden(text, "terminal-colour.txt")
    let plain = TerminalReport(width: 100).render(try HandMadeRun.findings())
    #expect(withoutColour(text) == plain)
  }

  @Test func terminalOfATroubledRun() throws {
    let text = TerminalReport(width: 100).render(try HandMadeRun.troubled())
    try expectGolden(text, "terminal-troubled.txt")
    #expect(!text.contains("\u{1B}"), "what a server says must not steer the terminal")
  }

  @Test func aRunOfWhichLittleCanBeConcluded() throws {
    let findings = try HandMadeRun.doubtful()
    try expectGolden(TerminalReport(width: 100).render(findings), "terminal-doubtful.txt")
    let markdown = MarkdownReport().render(findings)
    #expect(markdown.contains("## A/A comparison, and with 5 % planted"))
    #expect(markdown.contains("## Memory sources that disagree"))
    #expect(markdown.contains("**unstable**"))
  }

  @Test func markdown() throws {
    try expectGolden(MarkdownReport().render(try HandMadeRun.findings()), "report.md")
    try expectGolden(MarkdownReport().render(try HandMadeRun.troubled()), "report-troubled.md")
  }

  @Test func aRunThatAskedAboutWritesAlone() throws {
    for width in [80, 100] {
      let text = TerminalReport(width: width).render(try HandMadeRun.writes())
      try expectGolden(text, "writes-\(width).txt")
      for line in text.split(separator: "\n") { #expect(line.count <= width) }
    }
    let markdown = MarkdownReport().render(try HandMadeRun.writes())
    #expect(markdown.contains("## Ingestion alone, 12.0 s each"))
  }

  @Test func aSweepShowsItsRunsSideBySide() throws {
    let sweep = SweepFindings(
      name: "claim-2026-01-02T03-04-05Z",
      members: [
        SweepMember(name: "25.8", findings: try HandMadeRun.findings()),
        SweepMember(name: "24.8", findings: try HandMadeRun.troubled()),
        SweepMember(name: "25.5", findings: try HandMadeRun.doubtful()),
      ])
    let text = TerminalReport(width: 80).render(sweep)
    try expectGolden(text, "sweep-80.txt")
    for line in text.split(separator: "\n") { #expect(line.count <= 80) }
    try expectGolden(MarkdownReport().render(sweep), "sweep.md")
  }

  @Test func aRunThatMeasuredStagesAndConsumers() throws {
    for width in [80, 100] {
      let text = TerminalReport(width: width).render(try HandMadeRun.anatomy())
      try expectGolden(text, "anatomy-\(width).txt")
      for line in text.split(separator: "\n") { #expect(line.count <= width) }
    }
    #expect(MarkdownReport().render(try HandMadeRun.anatomy()).contains("░░"))
  }

  @Test func aRunThatAskedAboutMemoryLimits() throws {
    for width in [80, 100] {
      let text = TerminalReport(width: width).render(try HandMadeRun.limits())
      try expectGolden(text, "frontier-\(width).txt")
      for line in text.split(separator: "\n") { #expect(line.count <= width) }
    }
    let markdown = MarkdownReport().render(try HandMadeRun.limits())
    #expect(markdown.contains("## Least memory limit, fresh"))
    #expect(markdown.contains("## Largest window within a limit, fresh"))
  }

  @Test func aComparisonInEveryFormat() throws {
    let comparison = try HandMadeRun.comparison()
    for width in [80, 100] {
      let text = TerminalReport(width: width).render(comparison)
      try expectGolden(text, "comparison-\(width).txt")
      for line in text.split(separator: "\n") { #expect(line.count <= width) }
    }
    try expectGolden(MarkdownReport().render(comparison), "comparison.md")
    try expectGolden(JUnitReport().render([comparison]), "comparison-junit.xml")
    try expectGolden(AnnotationReport().render([comparison]), "comparison-annotations.txt")
    try expectGolden(ComparisonJSON().render([comparison]), "comparison.json")
    let line = HistoryLine().render(comparison, of: HandMadeRun.candidateBaseline())
    try expectGolden(line, "comparison-history.jsonl")
    #expect(line.hasSuffix("\n") && line.count { $0.isNewline } == 1)
  }

  @Test func aCapacityPlan() throws {
    for (isFar, name) in [(false, "capacity"), (true, "capacity-far")] {
      let plan = try HandMadeRun.capacity(isFar: isFar)
      let text = TerminalReport(width: 100).render(plan)
      try expectGolden(text, "\(name)-100.txt")
      for line in text.split(separator: "\n") { #expect(line.count <= 100) }
    }
    try expectGolden(MarkdownReport().render(try HandMadeRun.capacity()), "capacity.md")
  }

  @Test func answersOfFewerColumnsAreNotCountedAsWhole() throws {
    var records = HandMadeRun.wrongRecords()
    records.verifications[0].columns = 1
    let findings = try Findings(manifest: HandMadeRun.wrongManifest(), records: records)
    #expect(MarkdownReport().render(findings).contains(" in 1 to 18 columns are right"))
  }

  @Test func wrongRowsAreShownWithoutARatio() throws {
    let findings = try HandMadeRun.wrong()
    for width in [80, 100] {
      let text =
        TerminalReport(width: width).render(findings) + TerminalChart(width: width).render(findings)
      try expectGolden(text, "wrong-\(width).txt")
      for line in text.split(separator: "\n") { #expect(line.count <= width) }
    }
    try expectGolden(MarkdownReport().render(findings), "wrong.md")
    let right = try Findings(
      manifest: HandMadeRun.wrongManifest(), records: Records(HandMadeRun.samples()))
    let sweep = SweepFindings(
      name: "wrong",
      members: [
        SweepMember(name: "right", findings: right), SweepMember(name: "wrong", findings: findings),
      ])
    try expectGolden(TerminalReport(width: 100).render(sweep), "wrong-sweep.txt")
    let charts = findings.charts(HandMadeRun.wrongRecords()) + sweep.charts
    #expect(charts.count == 6)
    for chart in charts {
      #expect(chart.description.contains("Omitted for wrong rows: "), "\(chart.name)")
      #expect(chart.description.contains("mv-final at 1h, 6h"), "\(chart.name)")
    }
  }

  @Test func anEmptyRunStillHasAReport() throws {
    var manifest = HandMadeRun.manifest()
    manifest.complete = false
    let findings = try Findings(manifest: manifest, records: Records())
    let text = TerminalReport().render(findings)
    #expect(text.contains("this run is not complete"))
    #expect(text.contains("no matching cell was measured"))
    #expect(MarkdownReport().render(findings).contains("## Environment"))
  }

  private func withoutColour(_ text: String) -> String {
    text.replacing(#/\u{1B}\[[0-9]*m/#, with: "")
  }
}
