// Charts, without drawing any: what stands in a specification, and where its numbers come from.

import Foundation
import Testing
@testable import Analysis
@testable import CSVRecords
@testable import Reports
@testable import RunStore

@Suite struct ChartTests {
  static func records(repeats: Int = 10) -> Records {
    Records(
      HandMadeRun.samples(repeats: repeats), HandMadeRun.inserts(),
      HandMadeRun.storage())
  }

  static func findings(_ records: Records, _ manifest: Manifest = HandMadeRun.manifest()) throws
    -> Findings
  {
    try Findings(manifest: manifest, records: records)
  }

  @Test func aSpecificationIsPlainVegaLite() throws {
    let records = Self.records()
    let charts = try Self.findings(records).charts(records)
    let memory = try #require(charts.first { $0.name == "memory-fresh" })
    try expectGolden(memory.specification.text() + "\n", "memory-fresh.vl.json")
    for chart in charts {
      for text in [chart.specification.text(), chart.narrow.line] {
        let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
        #expect((value as? [String: Any])?["$schema"] != nil, "\(chart.name)")
      }
    }
  }

  @Test func aRunHasAChartOfEachThingThatItMeasured() throws {
    let records = Self.records()
    #expect(
      try Self.findings(records).charts(records).map(\.name) == [
        "memory-fresh", "memory-ratio-fresh", "latency-fresh", "latency-ratio-fresh",
        "write-ratios", "inserts", "storage",
      ])
    #expect(try Self.findings(Records()).charts(Records()).isEmpty)
  }

  @Test func everyNumberOfAChartIsInSummaryCSV() throws {
    let records = Self.records()
    let findings = try Self.findings(records)
    let known = Set(findings.summary.rows.flatMap { [$0.median, $0.low, $0.high] })
    let names = ["memory-fresh", "memory-ratio-fresh", "latency-fresh", "write-ratios", "storage"]
    for chart in findings.charts(records) where names.contains(chart.name) {
      for specification in [chart.specification, chart.narrow] {
        let values = specification["data"]?["values"]?.elements ?? []
        // A bar has its end as well, for the text behind it.
        let points = values.filter { $0["median"] != nil }
        #expect(points.count >= 2, "\(chart.name)")
        for number in points.flatMap({ [$0["median"], $0["low"], $0["high"]] }) {
          let value = number?.number
          #expect(value == nil || known.contains(value), "\(chart.name): \(value ?? 0)")
        }
      }
    }
  }

  @Test func logarithmicScalesHoldTheirValues() throws {
    let scale = try #require(ChartScale(logarithmic: [3e6, 1.3e9], unit: .bytes))
    #expect(scale.domain.low == 2_097_152 && scale.domain.high == 2_147_483_648)
    #expect(scale.ticks.count <= 7)
    #expect(scale.position(scale.domain.low) == 0 && scale.position(scale.domain.high) == 1)
    #expect(ChartScale(logarithmic: [0], unit: .bytes) == nil)
    let ratio = try #require(ChartScale(logarithmic: [0.06, 1], unit: nil))
    #expect(ratio.ticks == [0.05, 0.1, 0.2, 0.5, 1])
  }

  @Test func aSmallChartForTheTerminal() throws {
    let findings = try Self.findings(Self.records())
    let text = TerminalChart(width: 80).render(findings)
    try expectGolden(text, "chart-80.txt")
    for line in text.split(separator: "\n") { #expect(line.count <= 80) }
    let colour = TerminalChart(width: 80, colour: true).render(findings)
    #expect(colour.replacing(#/\u{1B}\[[0-9]*m/#, with: "") == text)
    #expect(TerminalChart().render(try HandMadeRun.writes()).isEmpty)
  }

  @Test func figuresLeadToTheirLines() throws {
    let records = Self.records()
    let findings = try Self.findings(records)
    let provenance = Provenance(records, Experiments.all)
    let row = try #require(
      findings.summary.export(
        "memory_peak_bytes", mergeState: "fresh", window: "1d", subject: "mv-final/limit-by"))
    let line = try #require(findings.summary.line(of: row))
    let text = CSV.document(findings.summary.rows).split(separator: "\n")
    #expect(text[line - 1] + "\n" == CSV.line(row))
    let groups = provenance.places(of: row).map { provenance.groups[$0] }
    #expect(groups.map(\.title) == ["mv-final at 1d (fresh)", "limit-by at 1d (fresh)"])
    for place in groups[0].lines {
      let sample = records.samples[place - 2]
      #expect(sample.path == "mv-final" && sample.window == "1d")
    }
    #expect(groups.allSatisfy { $0.lines.count == 10 && $0.file == "samples.csv" })
  }
}

/// Holds a text against a file in Goldens; see GoldenTests.swift.
func expectGolden(
  _ text: String, _ name: String, _ location: SourceLocation = #_sourceLocation
) throws {
  let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Goldens").appendingPathComponent(name)
  if ProcessInfo.processInfo.environment["EXPORTBENCH_UPDATE_GOLDENS"] != nil {
    try Data(text.utf8).write(to: file)
  }
  let golden = try? String(contentsOf: file, encoding: .utf8)
  #expect(text == golden, "differs from Goldens/\(name)", sourceLocation: location)
}
