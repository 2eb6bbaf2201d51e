// The page: letter by letter without its style, and what it must never hold.

import Analysis
import Foundation
import Reports
import RunStore
import Testing

@Suite struct PageTests {
  private static let svg =
    "<svg class=\"marks\" width=\"680\" height=\"10\" viewBox=\"0 0 680 10\" "
    + "xmlns=\"http://www.w3.org/2000/svg\"><path id=\"clip\" fill=\"#0068a8\" d=\"M0,0\"/></svg>"

  private func page(_ manifest: Manifest, _ records: Records) throws -> String {
    let findings = try Findings(manifest: manifest, records: records)
    let drawing = HTMLReport.Drawing(wide: Self.svg, narrow: Self.svg)
    let charts = findings.charts(records)
    return HTMLReport(
      drawings: Dictionary(uniqueKeysWithValues: charts.map { ($0.name, drawing) })
    ).render(findings, records)
  }

  /// Two windows of two attempts: a page that can be read.
  private func small() -> Records {
    Records(
      HandMadeRun.samples(repeats: 2).filter { ["1h", "1d"].contains($0.window) })
  }

  @Test func aSmallPage() throws {
    let page = try page(HandMadeRun.manifest(), small())
    let style = try #require(page.firstRange(of: "<style>"))
    let end = try #require(page.firstRange(of: "</style>"))
    try expectGolden(
      page.replacingCharacters(in: style.upperBound..<end.lowerBound, with: ""), "page.html")
    #expect(page.contains("prefers-color-scheme: dark") && page.contains("@media print"))
  }

  @Test func aPageNeedsNothingElse() throws {
    let page = try page(HandMadeRun.manifest(), ChartTests.records())
    for address in page.matches(of: #/(?:href|src|action|data|srcset)="([^"]*)"/#) {
      #expect(address.1.hasPrefix("#"), "\(address.1) is not on the page")
    }
    for address in page.matches(of: #/url\(([^)]*)\)/#) { #expect(address.1.hasPrefix("#")) }
    for word in ["<script", "<link", "<iframe", "@import", "w3.org", " onclick="] {
      #expect(!page.contains(word), "\(word) is on the page")
    }
    #expect(page.utf8.count < 300_000)
  }

  @Test func everyLinkLeadsSomewhereAndEveryNameIsThereOnce() throws {
    let page = try page(HandMadeRun.manifest(), ChartTests.records())
    let names = page.matches(of: #/ id="([^"]*)"/#).map { String($0.1) }
    #expect(Set(names).count == names.count)
    let links = page.matches(of: #/href="#([^"]*)"/#).map { String($0.1) }
    #expect(Set(links).subtracting(names).isEmpty)
    let described = page.matches(of: #/aria-labelledby="([^"]*)"/#)
      .flatMap { $0.1.split(separator: " ").map(String.init) }
    #expect(Set(described).subtracting(names).isEmpty)
    #expect(links.contains { $0.hasPrefix("summary-0-") })
    #expect(links.contains { $0.hasPrefix("group-0-") })
  }

  @Test func stepsOfAnAnatomyLeadToTheirAttempts() throws {
    let samples = HandMadeRun.samples(repeats: 3).filter { $0.window == "1d" }
    let stages = samples.map { sample in
      var sample = sample
      sample.kind = .stage(.read)
      sample.attempt += samples.count
      sample.serverQueryMs = sample.clientWallMs
      return sample
    }
    let page = try page(HandMadeRun.manifest(), Records(samples + stages))
    let row = try #require(page.firstMatch(of: #/<tr id="stages-0-2">.*/#))
    #expect(row.0.contains("href=\"#group-0-"))
    #expect(page.contains("<a href=\"#stages-0-"))
    #expect(page.contains(">limit-by at 1d (fresh), stage read</th>"))
  }

  @Test func aPageCanBeReadWithoutSeeingIt() throws {
    let page = try page(HandMadeRun.manifest(), ChartTests.records())
    #expect(page.matches(of: #/<h1[ >]/#).count == 1)
    #expect(page.contains("<html lang=\"en\">"))
    #expect(page.contains("<a class=\"skip\" href=\"#main\">"))
    for head in page.matches(of: #/<th[ >][^>]*>/#) where head.0 != "<thead>" {
      #expect(head.0.contains("scope="), "\(head.0)")
    }
    for svg in page.matches(of: #/<svg[^>]*>(<[a-z]+)/#) {
      #expect(svg.0.contains("role=\"img\"") && svg.1 == "<title")
    }
    // Colours are the style sheet's, for light, dark and paper.
    #expect(page.contains("fill=\"var(--series-1)\""))
  }

  @Test func whatAFileSaysIsNeverMarkup() throws {
    let evil = "<script>alert(1)</script>\"'&"
    var manifest = HandMadeRun.manifest()
    manifest.run = evil
    manifest.notes = [evil]
    manifest.paths[1] = .init(name: evil, sql: "SELECT '\(evil)'\n</pre>\(evil)")
    manifest.claims[0].statement = evil
    manifest.dataset.file = evil
    manifest.machine.cpu = evil
    var records = small()
    for place in records.samples.indices where records.samples[place].path == "mv-final" {
      records.samples[place].path = evil
      records.samples[place].mergeState = evil
      (records.samples[place].status, records.samples[place].errorMessage) = (.failed, evil)
    }
    let page = try page(manifest, records)
    #expect(!page.contains("<script"))
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"))
    let findings = try Findings(manifest: manifest, records: records)
    for chart in findings.charts(records) {
      #expect(!chart.specification.text().contains("<script"))
      #expect(chart.name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
    }
  }

  @Test func aPageWithoutChartsSaysWhy() throws {
    let records = small()
    let findings = try Findings(manifest: HandMadeRun.manifest(), records: records)
    let page = HTMLReport(drawings: [:], note: "Charts omitted: none.")
      .render(findings, records)
    #expect(page.contains("Charts omitted: none."))
    #expect(!page.contains("<svg") && page.contains("Data of this chart"))
  }
}
