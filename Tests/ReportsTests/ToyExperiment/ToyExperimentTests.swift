// A new experiment is one folder and one line of registration.

import CSVRecords
import Foundation
import Testing
@testable import Analysis
@testable import Reports
@testable import RunStore

@Suite struct ToyExperimentTests {
  /// The line of registration.
  private static let experiments: [any Experiment.Type] = Experiments.all + [ToyExperiment.self]

  /// A complete run with six pings, two of them on the connection `b`.
  private func run(
    counted: Bool = true, _ body: (_ folder: String, _ file: String) throws -> Void
  ) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = try RunFolder(creating: path)
    for number in 1...6 {
      var sample = ToySample()
      (sample.connection, sample.number) = (number > 4 ? "b" : "a", number)
      sample.pingMs = Double(number)
      try folder.append(sample)
    }
    var manifest = HandMadeRun.manifest()
    manifest.claims = []
    manifest.records = counted ? folder.records.counts : nil
    try folder.write(try manifest.json(), to: "manifest.json")
    try body(path, "\(path)/toy.csv")
  }

  @Test func itsRecordsAreReadBack() throws {
    try run { path, _ in
      let run = try RecordedRun(reading: path, experiments: Self.experiments)
      #expect(run.records[ToySample.self].map(\.pingMs) == [1, 2, 3, 4, 5, 6])
      #expect(run.records.counts == ["toy.csv": 6])
      // Without its line nothing knows the file.
      #expect(try RecordedRun(reading: path).records.isEmpty)
    }
  }

  @Test(arguments: [true, false]) func itsRecordsAreCheckedForCompleteness(counted: Bool) throws {
    try run(counted: counted) { path, file in
      var lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
      lines.remove(at: 2)
      try (lines.joined(separator: "\n") + "\n").write(
        toFile: file, atomically: true, encoding: .utf8)
      let error = #expect(throws: (any Error).self) {
        try RecordedRun(reading: path, experiments: [ToyExperiment.self])
      }
      let finding =
        counted ? "it has 5 records, and manifest.json counts 6" : "it lacks ping 2"
      #expect(error.map { "\($0)" }?.contains("/toy.csv is damaged: \(finding)") == true)
    }
  }

  @Test func itsTableIsInEveryReportAndLinksToItsLines() throws {
    try run { path, _ in
      let run = try RecordedRun(reading: path, experiments: Self.experiments)
      let findings = try Findings(
        manifest: run.manifest, records: run.records, experiments: Self.experiments)
      #expect(findings.derivedFiles[0].text.contains("toy,,,,ping_ms,ms,b,2,5.5"))
      #expect(TerminalReport().render(findings).contains(#/\n  b +5.50 ms\n/#))
      #expect(MarkdownReport().render(findings).contains("\n| **b** | 5.50 ms |\n"))

      let page = HTMLReport(drawings: [:]).render(findings, run.records)
      #expect(page.contains("<h2 id=\"pings-title\">Pings</h2>"))
      let figure = try #require(page.firstMatch(of: #/<a href="#(summary-0-\d+)">5.50 ms</a>/#))
      let row = try #require(page.firstMatch(of: try Regex("<tr id=\"\(figure.1)\">.*")))
      let link = try #require(page[row.range].firstMatch(of: #/href="#(group-0-\d+)">toy.csv</#))
      let group = try #require(page.range(of: "<tbody id=\"\(link.1)\">"))
      let rest = page[group.upperBound...]
      let body = rest[..<(try #require(rest.range(of: "</tbody>"))).lowerBound]
      #expect(body.contains("pings on b"))
      // The lines of the file, of which the first is the header, then number and ping.
      let shown = body.matches(of: #/class="n">(\d+)</th><td>(\d+)</td><td>([0-9.]+)</td>/#)
      #expect(shown.map { "\($0.1) \($0.2) \($0.3)" } == ["6 5 5.0", "7 6 6.0"])
    }
  }
}
