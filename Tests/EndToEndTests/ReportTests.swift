// `exportbench report` on recorded runs, and what it says when it cannot.

import Analysis
import RunStore
import CSVRecords
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct ReportTests {
    private let scratch = Scratch()
    private let reference = "Tests/Fixtures"

    @Test func aRunBecomesAPageWithCharts() async throws {
      let page = scratch.path("claim.html")
      let result = try await Program.run(["report", "\(reference)/claim", "--output", page])
      #expect(result.ending == .exit(0), "\(result.remarks)")
      #expect(result.output.hasPrefix("\(page): 7 charts, "))
      #expect(scratch.names == ["claim-charts", "claim.html", "claim.md"])
      #expect(namesInFolder(scratch.path("claim-charts")).contains("memory-fresh.vl.json"))
      let text = try #require(textOfFile(page))
      #expect(text.matches(of: #/<svg class="wide" role="img"/#).count == 7)
      #expect(!text.contains("#0068a8\"") && text.contains("var(--series-1)"))
      #expect(!text.contains("http://www.w3.org") && !text.contains(packageFolder))
      #expect(text.utf8.count < 300_000)
      #expect(textOfFile(scratch.path("claim.md"))?.contains("## Claims") == true)
    }

    /// The numbers that the page shows behind a line are those of the line.
    @Test func linesAreThoseOfTheFiles() async throws {
      let page = scratch.path("claim.html")
      _ = try await Program.run(["report", "\(reference)/claim", "--output", page])
      let text = try #require(textOfFile(page))
      let lines = try summary(of: "\(fixtures)/claim").split(separator: "\n")
      let rows = text.matches(of: #/<tr id="summary-0-([0-9]+)">(.*)</tr>/#)
      #expect(rows.count > 50)
      for row in rows {
        let line = try #require(Int(row.1))
        let fields = lines[line - 1].split(separator: ",", omittingEmptySubsequences: false)
        for field in [fields[4], fields[6], fields[8]] {
          #expect(row.2.contains("<td>\(field)</td>"), "line \(line) is not \(field)")
        }
      }
    }

    /// The text of the summary.csv that follows from the records of a run.
    private func summary(of folder: String) throws -> String {
      var records = Records()
      func read<Record: Filed>(_ kind: Record.Type) throws {
        guard let text = textOfFile("\(folder)/\(Record.fileName)") else { return }
        records[kind] = try CSV.parse(
          kind, Array(text.utf8), file: Record.fileName
        ).records
      }
      for kind in Experiments.kinds { try read(kind) }
      let findings = try Findings(manifest: manifest(folder), records: records)
      return CSV.document(findings.summary.rows)
    }

    @Test func twoRunsAndASweepStandSideBySide() async throws {
      let two = scratch.path("two.html")
      let result = try await Program.run(
        [
          "report", "\(reference)/claim", "\(reference)/anatomy", "--output",
          two,
        ])
      #expect(result.ending == .exit(0), "\(result.remarks)")
      #expect(textOfFile(two)?.contains("<h1>exportbench  claim and") == true)
      let sweep = scratch.path("sweep.html")
      let versions = try await Program.run(["report", "\(reference)/versions", "--output", sweep])
      #expect(versions.ending == .exit(0), "\(versions.remarks)")
      #expect(textOfFile(sweep)?.contains("24.8/samples.csv") == true)
    }

    @Test func withoutWhatDrawsThePageHasNoCharts() async throws {
      let page = scratch.path("claim.html")
      let result = try await Program.run(
        ["report", "\(reference)/claim", "--output", page],
        environment: ["EXPORTBENCH_ENGINES": scratch.path("none")])
      #expect(result.ending == .exit(0))
      #expect(result.remarks.contains("run ./scripts/setup --charts, then exportbench report"))
      #expect(result.output.hasPrefix("\(page): no charts, "))
      #expect(textOfFile(page)?.contains("Charts omitted: no chart renderer") == true)
    }

    @Test func aNameInAFileIsNeverMarkup() async throws {
      let run = scratch.path("run")
      try FileManager.default.copyItem(
        atPath: "\(packageFolder)/\(reference)/anatomy", toPath: run)
      for file in ["manifest.json", "samples.csv", "verification.csv"] {
        let text = try #require(textOfFile("\(run)/\(file)"))
        scratch.write(text.replacing("mv-final", with: "<script>x</script>"), to: "run/\(file)")
      }
      let result = try await Program.run(["report", run])
      #expect(result.ending == .exit(0), "\(result.remarks)")
      #expect(textOfFile("\(run)/summary.csv") == (try summary(of: run)))
      #expect(textOfFile("\(run)/stages.csv")?.contains("deduplicate") == true)
      let page = try #require(textOfFile("\(run)/report.html"))
      #expect(!page.contains("<script") && page.contains("&lt;script&gt;x&lt;/script&gt;"))
      #expect(page.contains("<svg class=\"wide\""))
    }

    @Test(arguments: [
      (["report", "nowhere"], 65, "cannot read nowhere: No such file or directory"),
      (["report", "a", "b"], 64, "give a file with --output FILE.html"),
      (["report", "a", "b", "c", "--output", "d.html"], 64, "takes one or two folders"),
      (["report", "a", "--output", "page"], 64, "give the name of a page, such as report.html"),
    ])
    func whatIsWrongIsSaidInASentence(arguments: [String], code: Int, words: String) async throws {
      let result = try await Program.run(arguments)
      #expect(result.ending == .exit(Int32(code)))
      #expect(result.remarks.contains(words), "\(result.remarks)")
      #expect(result.output.isEmpty)
    }

    @Test func aFolderThatCannotBeWrittenIsTold() async throws {
      scratch.write("", to: "file")
      let result = try await Program.run(
        ["report", "\(reference)/claim", "--output", scratch.path("file/claim.html")])
      #expect(result.ending == .exit(73))
      #expect(result.remarks.contains("cannot make "))
    }
  }
}
