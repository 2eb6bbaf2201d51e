// Comparing runs: exit codes, sentences, and a second run on a real server.

import Analysis
import Foundation
import RunStore
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct CompareTests {
    private let scratch = Scratch()
    private static let base = "results/reference/gate-25.8.json"

    @Test func aRunIsNoWorseThanItself() async throws {
      let same = try await Program.run(["compare", Self.base, Self.base])
      #expect(same.ending == .exit(0), "\(same.remarks)")
      #expect(same.output.contains("result  no regression in "))
      let folder = "Tests/Fixtures/claim"
      #expect(try await Program.run(["compare", folder, folder]).ending == .exit(0))
    }

    @Test func aRegressionEndsWith1AndIsInEveryFile() async throws {
      let worse = try candidate { $0 * 1.06 }
      let names = ["report.md", "junit.xml", "all.json", "history.jsonl"].map(scratch.path)
      let arguments =
        ["compare", Self.base, worse, "--annotations"]
        + zip(["--markdown", "--junit", "--json", "--history"], names).flatMap { [$0, $1] }
      for _ in 0..<2 {
        let result = try await Program.run(arguments)
        #expect(result.ending == .exit(1))
        #expect(result.remarks.contains("is worse than "))
        #expect(result.remarks.contains("+6 %, threshold 5 %"))
        #expect(result.output.contains("::error title=exportbench regression::peak memory of "))
      }
      for name in names.prefix(3) { #expect(textOfFile(name)?.contains("limit-by") == true) }
      let lines = (textOfFile(names[3]) ?? "").split(separator: "\n")
      #expect(lines.count == 2, "each comparison appends one line")
      for line in lines { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }

      let own = try await Program.run(
        ["compare", Self.base, worse, "--threshold", "memory_peak_bytes=0.1"])
      #expect(own.ending == .exit(0), "a threshold of one's own counts more")
    }

    /// The exit code is that of the worst comparison, and every file has all of them.
    @Test func aCandidateIsComparedWithEachOfSeveralBases() async throws {
      let (better, worse) = (try candidate { $0 * 0.9 }, try candidate { $0 * 1.06 })
      let same = try await Program.run(["compare", Self.base, worse, Self.base])
      #expect(same.ending == .exit(0), "\(same.remarks)")
      #expect(same.output.contains(" compared with 2 bases\n  "), "\(same.output)")
      let names = ["all.md", "all.xml", "all.json", "all.jsonl"].map(scratch.path)
      let result = try await Program.run(
        ["compare", Self.base, better, Self.base, "--annotations"]
          + zip(["--markdown", "--junit", "--json", "--history"], names).flatMap { [$0, $1] })
      #expect(result.ending == .exit(1))
      #expect(result.output.contains("::error title=exportbench regression::with "))
      let texts = try names.map { try #require(textOfFile($0)) }
      #expect(texts[0].matches(of: /# exportbench compare/).count == 2)
      #expect(texts[1].matches(of: /<testsuite name=/).count == 2)
      let all = try JSONSerialization.jsonObject(with: Data(texts[2].utf8)) as? [Any]
      #expect(all?.count == 2)
      #expect(texts[3].split(separator: "\n").count == 2)
      for arguments in [[Self.base], [Self.base, Self.base, worse]] {
        #expect(try await Program.run(["compare"] + arguments).ending == .exit(64))
      }
    }

    @Test func whatMayBeChanceEndsWith2() async throws {
      let one = try candidate(repeats: 1) { $0 * 1.3 }
      let result = try await Program.run(["compare", Self.base, one])
      #expect(result.ending == .exit(2))
      #expect(result.remarks.contains("undecided: peak memory of "))
      #expect(result.remarks.contains("use --confirm"))
    }

    /// The file says that the memory of one cell grew; what is measured again has not grown.
    @Test func aSecondLookClearsASuspect() async throws {
      let worse = try candidate(only: "newest-row") { $0 * 1.5 }
      let result = try await Program.run(["compare", Self.base, worse, "--confirm"])
      #expect(result.ending == .exit(0), "\(result.remarks)")
      #expect(result.output.contains("Cleared by repeated measurement"))
      let again = try wholeRows(Sample.self, "\(worse)-again/samples.csv")
      #expect(Set(again.map(\.path)) == ["newest-row"], "only what is suspected is measured")
    }

    @Test func whatCannotBeComparedEndsWith65() async throws {
      let empty = scratch.path("empty")
      try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
      let unfinished = try candidate(change: { $0.manifest.complete = false }) { $0 }
      let foreign = try candidate(change: { $0.groups.removeAll { $0.place.scope != .storage } }) {
        $0
      }
      let text = scratch.write("{}", to: "text.json")
      for (path, sentence) in [
        (
          "results/nowhere",
          "cannot read results/nowhere: No such file or directory; check the path; give "
            + "the folder of a run or a baseline file"
        ),
        (empty, "has no manifest.json; give the folder of a run"),
        ("Tests/Fixtures/versions", "is a sweep of several runs; give one of them, such as"),
        (text, "is not a baseline file; write one with: exportbench baseline RUN > "),
        (unfinished, "is not complete (done); resume it with"),
        (foreign, "have no common cell: no path, window and merge state"),
        ("Tests/Fixtures/claim", "measure both with one dataset"),
      ] {
        let result = try await Program.run(["compare", Self.base, path])
        #expect(result.ending == .exit(65), "\(path)")
        #expect(result.remarks.contains(sentence), "\(result.remarks)")
        #expect(result.output.isEmpty)
      }
      let thresholds = try await Program.run(["thresholds", Self.base, Self.base])
      #expect(thresholds.ending == .exit(65))
      #expect(
        thresholds.remarks.contains(
          "there are too few runs of 'gate': 2 instead of at "
            + "least"))
    }

    @Test func aThresholdThatIsNoneIsAnError() async throws {
      for (given, sentence) in [
        ("memory", "--threshold memory is not FIGURE=SHARE; write it like"),
        ("memory=0.3", "--threshold names 'memory', which is not compared; write one of memory_"),
      ] {
        let result = try await Program.run(
          ["compare", Self.base, Self.base, "--threshold", given])
        #expect(result.ending == .exit(64))
        #expect(result.remarks.contains(sentence))
      }
    }

    @Test func aBaselineHoldsWhatItsRunHolds() async throws {
      let folder = "Tests/Fixtures/claim"
      let printed = try await Program.run(["baseline", folder])
      #expect(printed.ending == .exit(0))
      let file = scratch.write(printed.output, to: "claim.json")
      let result = try await Program.run(["compare", folder, file])
      #expect(result.ending == .exit(0))
      #expect(result.output.contains("no regression"))
    }

    /// The committed baseline with other memory, as the file of another run.
    private func candidate(
      only path: String? = nil, repeats: Int? = nil, change: (inout Baseline) -> Void = { _ in },
      _ memory: (Double) -> Double
    ) throws -> String {
      let data = try #require(FileManager.default.contents(atPath: "\(packageFolder)/\(Self.base)"))
      var baseline = try Baseline(json: Array(data), file: Self.base)
      for group in baseline.groups.indices where baseline.groups[group].place.scope == .export {
        guard path == nil || baseline.groups[group].place.subject == path else { continue }
        for figure in baseline.groups[group].figures.indices {
          var values = baseline.groups[group].figures[figure].values
          if baseline.groups[group].figures[figure].figure == "memory_peak_bytes" {
            values = values.map(memory)
          }
          baseline.groups[group].figures[figure].values = Array(values.prefix(repeats ?? .max))
        }
      }
      change(&baseline)
      return scratch.write(try baseline.json(), to: "candidate-\(UUID()).json")
    }
  }
}
