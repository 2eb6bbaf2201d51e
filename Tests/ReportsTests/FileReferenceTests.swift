// docs/reference/files.md has every column of every file, in the order of the file.

import Analysis
import BenchmarkSpec
import CSVRecords
import Foundation
import RunStore
import Testing

@Suite struct FileReferenceTests {
  private static let computed: [(file: String, kind: any Recorded.Type)] = [
    ("summary.csv", SummaryRow.self), ("stages.csv", StageRow.self),
    ("consumers.csv", ConsumerRow.self), ("latency.csv", LatencyRow.self),
    ("crossovers.csv", Crossover.self), ("thresholds.csv", Threshold.self),
    ("backfill.csv", BackfillSample.self),
  ]

  @Test func everyColumnIsOnThePage() throws {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let page = try String(
      contentsOf: package.appendingPathComponent("docs/reference/files.md"), encoding: .utf8)
    var shown: [String: [String]] = [:]
    for section in page.components(separatedBy: "\n## ").dropFirst() {
      let lines = section.components(separatedBy: "\n")
      let table = lines.drop { $0 != "| column | unit | content |" }.prefix { !$0.isEmpty }
      shown[lines[0]] = table.dropFirst(2).map { String($0.split(separator: "`")[1]) }
    }
    let kinds = Experiments.kinds.map { ($0.fileName, $0 as any Recorded.Type) } + Self.computed
    for (file, kind) in kinds { #expect(shown[file] == names(of: kind), "\(file)") }
  }

  @Test func everyFormerNameIsOnThePage() throws {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let page = try String(
      contentsOf: package.appendingPathComponent("docs/reference/files.md"), encoding: .utf8)
    let rows = try #require(page.components(separatedBy: "\n## Former names").last)
      .components(separatedBy: "\n")
    let kinds = Experiments.kinds.map { ($0.fileName, $0 as any Recorded.Type) } + Self.computed
    for (file, kind) in kinds {
      for (name, former) in formerNames(of: kind) {
        #expect(
          rows.contains {
            $0.hasPrefix("| `\(file)` |") && $0.contains("`\(name)`") && $0.contains("`\(former)`")
          }, "\(file): \(name)")
      }
    }
  }

  private func formerNames<Record: Recorded>(of kind: Record.Type) -> [(String, String)] {
    Record.columns.compactMap { column in column.formerName.map { (column.name, $0) } }
  }

  private func names<Record: Recorded>(of kind: Record.Type) -> [String] {
    Record.columns.map(\.name)
  }
}
