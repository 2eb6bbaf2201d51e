// Several engines or datasets as one sweep: complete runs in folders of their own, one table.

import Foundation
import RunStore
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct SweepTests {
    private let scratch = Scratch()

    /// A benchmark that names two datasets itself.
    private func sweep(repeats: Int = 3) throws -> String {
      let file = TinyBenchmark(
        windows: "[6h, 1d]", repeats: repeats, claims: "settings: {max_untracked_memory: 0}"
      ).write(to: scratch)
      let data = try #require(textOfFile(scratch.path("tiny-data.yaml")))
      scratch.write(data.replacing("{1: 0.5, 2: 0.5}", with: "{3: 1}"), to: "triple.yaml")
      let text = try #require(textOfFile(file)).replacing(
        "dataset: tiny-data.yaml", with: "datasets: [tiny-data.yaml, triple.yaml]")
      return scratch.write(text, to: "sweep.yaml")
    }

    private func texts(_ folder: String, _ names: [String]) -> [String?] {
      names.map { textOfFile("\(folder)/\($0)") }
    }

    @Test func everyMemberIsAWholeRunAndTheTopSaysThemAll() async throws {
      let folder = scratch.path("out")
      let result = try await Program.run(
        ["run", try sweep(), "--output", folder], environment: try await Shared.environment)
      #expect(result.ending == .exit(0), "\(result.remarks)")
      #expect(
        namesInFolder(folder)
          == [
            "charts", "crossovers.csv", "report.html", "report.md", "summary.csv", "sweep.json",
            "tiny-data", "triple",
          ])
      var lines = 0
      for member in ["tiny-data", "triple"] {
        let run = try manifest("\(folder)/\(member)")
        #expect(run.complete && run.run == "out/\(member)")
        #expect(try wholeRows(Sample.self, "\(folder)/\(member)/samples.csv").count == 12)
        #expect(exists("\(folder)/\(member)/report.md"))
        lines +=
          try #require(textOfFile("\(folder)/\(member)/summary.csv"))
          .split(separator: "\n").count - 1
      }
      let summary = try #require(textOfFile("\(folder)/summary.csv")).split(separator: "\n")
      #expect(summary.count - 1 == lines)
      #expect(summary[0].hasSuffix(",member,engine,dataset"))
      #expect(summary.last?.hasSuffix("triple.yaml") == true)
      let crossovers = try #require(textOfFile("\(folder)/crossovers.csv"))
      #expect(crossovers.split(separator: "\n").count >= 3, "a row for each member at least")
      for word in ["Peak memory, fresh", "tiny-data", "triple", "Crossovers in peak memory"] {
        #expect(result.output.contains(word))
      }
      #expect(try await Shared.databases().isEmpty)

      // It is complete: resuming it only concludes again, and needs no server.
      let names = [
        "summary.csv", "crossovers.csv", "report.md", "report.html", "triple/samples.csv",
      ]
      let before = texts(folder, names)
      let again = try await Program.run(
        ["run", "--resume", folder, "--url", "http://127.0.0.1:1"])
      #expect(again.ending == .exit(0), "\(again.remarks)")
      #expect(again.output == result.output)
      #expect(texts(folder, names) == before)
    }

    @Test func aSweepThatWasKilledGoesOn() async throws {
      let file = try sweep(repeats: 20)
      let folder = scratch.path("out")
      let environment = try await Shared.environment
      let first = Program(["run", file, "--output", folder], environment: environment)
      try await eventually("the second member measures") {
        first.ending != nil
          || (textOfFile("\(folder)/triple/samples.csv") ?? "").split(separator: "\n").count > 4
      }
      first.send(SIGKILL)
      _ = try await first.result()
      #expect(try manifest("\(folder)/triple").complete == false)
      let done = texts(folder, ["tiny-data/samples.csv"])

      let text = try #require(textOfFile(file))
      scratch.write(text.replacing("repeats: 20", with: "repeats: 21"), to: "sweep.yaml")
      let changed = try await Program.run(["run", "--resume", folder], environment: environment)
      #expect(changed.ending == .exit(65))
      #expect(changed.remarks.contains("cannot be resumed, because the benchmark ("))
      scratch.write(text, to: "sweep.yaml")

      let result = try await Program.run(["run", "--resume", folder], environment: environment)
      #expect(result.ending == .exit(0), "\(result.remarks)")
      #expect(texts(folder, ["tiny-data/samples.csv"]) == done, "what is done is not done again")
      #expect(try manifest("\(folder)/triple").complete)
      #expect(try wholeRows(Sample.self, "\(folder)/triple/samples.csv").count == 80)
      #expect(try await Shared.databases().isEmpty)
    }

    @Test func aMemberCanBeResumedAlone() async throws {
      let folder = scratch.path("out")
      let environment = try await Shared.environment
      let result = try await Program.run(
        ["run", try sweep(), "--output", folder], environment: environment)
      #expect(result.ending == .exit(0), "\(result.remarks)")
      let arguments = try manifest("\(folder)/triple").arguments
      #expect(arguments.suffix(2) == ["--dataset", scratch.path("triple.yaml")])
      let again = try await Program.run(["run", "--resume", "\(folder)/triple"])
      #expect(again.ending == .exit(0) && again.output.contains("exportbench  out/triple"))
    }

    @Test func everythingIsCheckedBeforeTheFirstMemberBegins() async throws {
      let file = try sweep()
      let data = try #require(textOfFile(scratch.path("triple.yaml")))
      let output = ["--output", scratch.path("out")]
      let environment = try await Shared.environment
      scratch.write(data.replacing("days: 2", with: "days: 1"), to: "triple.yaml")
      let text = try #require(textOfFile(file)).replacing("[6h, 1d]", with: "[6h, 2d]")
      let long = scratch.write(text, to: "long.yaml")
      let short = try await Program.run(["run", long] + output, environment: environment)
      #expect(short.ending == .exit(65) && short.remarks.contains("is larger than the data"))
      let setting = scratch.write(
        try #require(textOfFile(file)).replacing("max_untracked_memory", with: "no_such_setting"),
        to: "setting.yaml")
      let refused = try await Program.run(["run", setting] + output, environment: environment)
      #expect(refused.ending == .exit(65), "\(refused.remarks)")
      #expect(refused.remarks.contains("the server refuses the settings"))
      #expect(!exists(scratch.path("out")), "something half-made is left")
    }

    @Test(arguments: [
      ("--engine 25.8 --engine 25.8", 64, "--engine names 25.8 twice; give it once"),
      ("--dataset smoke --dataset smoke", 64, "--dataset names smoke twice; give it once"),
      ("--engine 25.8 --engine 1.2", 69, "engine '1.2' is not installed; "),
      ("--dataset smoke --dataset nope", 65, "cannot read nope: No such file"),
      ("--engine 24.8 --engine 25.8 --url http://127.0.0.1:1", 64, "--engine and --url exclude"),
      (
        "--database d --url http://127.0.0.1:1 --table-setting x=1", 64,
        "--table-setting x=1 is for tables that the run makes"
      ),
      ("--table-setting x", 64, "--table-setting is 'x'; write it like index_granularity_bytes"),
      ("--table-setting x=y", 64, "--table-setting x=y: 'y' is not a size"),
      ("--table-setting x=1 --table-setting x=1", 64, "--table-setting x=1 is given twice"),
    ])
    func aMistakeIsOneSentence(arguments: String, code: Int32, words: String) async throws {
      let result = try await Program.run(
        ["run", "smoke", "--output", scratch.path("out")]
          + arguments.split(separator: " ").map(String.init))
      #expect(result.ending == .exit(code), "\(result.remarks)")
      #expect(result.remarks.hasPrefix("exportbench: \(words)"), "\(result.remarks)")
      #expect(scratch.names.isEmpty)
    }

    @Test func aDryRunShowsEveryMember() async throws {
      let dry = try await Program.run(
        ["run", "smoke", "--dry-run", "--dataset", "smoke", "--dataset", "versions-1"])
      #expect(dry.ending == .exit(0))
      #expect(dry.output.contains("== smoke: smoke\n"))
      #expect(dry.output.contains("== versions-1: versions-1\n"))
      let granules = try await Program.run(
        ["run", "smoke", "--dry-run", "--table-setting", "index_granularity_bytes=1MiB"]
          + ["--table-setting", "index_granularity_bytes=262144"])
      #expect(granules.ending == .exit(0), "\(granules.remarks)")
      for name in ["1MiB", "256KiB"] {
        #expect(granules.output.contains("== index-granularity-bytes-\(name): smoke\n"))
      }
    }

    @Test func tablesHaveTheSettings() async throws {
      let folder = scratch.path("out")
      let result = try await Program.run(
        ["run", try sweep(), "--dataset", scratch.path("tiny-data.yaml"), "--output", folder]
          + ["--table-setting", "index_granularity_bytes=256KiB"],
        environment: try await Shared.environment)
      #expect(result.ending == .exit(0), "\(result.remarks)")
      let run = try manifest(folder)
      #expect(run.settings["table"] == ["index_granularity_bytes": "262144"])
      #expect(run.ddl["observations"]?.contains("index_granularity_bytes = 262144") == true)
      let unknown = try await Program.run(
        ["run", "smoke", "--table-setting", "no_such_setting=1", "--output", folder + "2"],
        environment: try await Shared.environment)
      #expect(unknown.ending == .exit(65), "\(unknown.remarks)")
      #expect(unknown.remarks.contains("has no table setting no_such_setting, which "))
    }
  }
}
