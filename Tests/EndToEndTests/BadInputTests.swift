// Every mistake is one sentence, an exit code of its kind, and nothing left behind.

import Foundation
import RunStore
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct BadInputTests {
    private let scratch = Scratch()

    struct Mistake: Sendable, CustomTestStringConvertible {
      let arguments: [String]
      let code: Int32
      let sentence: String

      init(_ arguments: String, _ code: Int32, _ sentence: String) {
        self.arguments = arguments.split(separator: " ").map(String.init)
        self.code = code
        self.sentence = sentence
      }

      var testDescription: String { arguments.joined(separator: " ") }
    }

    static let nowhere = "http://127.0.0.1:1"
    static let plan = "capacity Tests/Fixtures/claim --rows-per-day"

    /// `%` stands for a folder that is there and empty.
    static let mistakes = [
      Mistake("run smoke --repeats 0", 64, "--repeats is 0; it must be from 1 to 10000"),
      Mistake("run smoke --repeats 99999999", 64, "--repeats is 99999999; it must be from"),
      Mistake("run smoke --windows ,", 64, "--windows is empty; give at least one"),
      Mistake("run smoke --windows 1h,60m", 64, "--windows 1h,60m names one twice"),
      Mistake("run smoke --windows 0s", 64, "--windows has 0ms; a window is from 1s to 3660d"),
      Mistake("run smoke --windows 5", 64, "'5' is not a span of time; write it like 20m"),
      Mistake(
        "run smoke --windows 90d", 65,
        "Benchmarks/smoke.yaml: the window 90d is larger than the data, which spans 30d "
          + "(datasets/smoke.yaml); remove it, or give the dataset more days"),
      Mistake("run smoke --paths ,", 64, "--paths is empty; give at least one"),
      Mistake("run smoke --paths mv-final,mv-final", 64, "--paths mv-final,mv-final names one"),
      Mistake("run smoke --paths nope", 64, "there is no export path 'nope'; there are: "),
      Mistake("run smoke --paths limit-by@", 64, "the export path 'limit-by@' names no settings"),
      Mistake("run smoke --profile nope", 64, "there is no settings profile 'nope'; there are: "),
      Mistake("run writes --profile lean", 64, "--profile is for exports, and Benchmarks/writes."),
      Mistake(
        "run smoke --paths-dir /nope", 64, "cannot read /nope: No such file or directory; check the"
      ),
      Mistake(
        "list paths --paths-dir /nope", 64,
        "cannot read /nope: No such file or directory; check the"),
      Mistake(
        "verify --database x --paths mv-final,newest-row-kept --url \(nowhere)", 64,
        "--paths has newest-row-kept, which writes to the server, and verify only"),
      Mistake("run nope", 65, "cannot read nope: No such file or directory; check the"),
      Mistake("run nope/nope.yaml", 65, "cannot read nope/nope.yaml: No such file"),
      Mistake("run datasets/smoke.yaml", 65, "datasets/smoke.yaml:4: 'dataset' is missing; add it"),
      Mistake(
        "run smoke --dataset nope", 65, "cannot read nope: No such file or directory; check the"),
      Mistake("run smoke --engine 1.2 --output %/run", 69, "engine '1.2' is not installed; "),
      Mistake("run smoke --engine /etc --output %/run", 69, "engine '/etc' is not an executable"),
      Mistake("run smoke --engine 25.8 --url \(nowhere)", 64, "--engine and --url exclude each"),
      Mistake("run smoke --user me", 64, "--user, --ca-file and --insecure go with --url; add it"),
      Mistake("run smoke --max-threads 2", 64, "--priority and --max-threads are for a shared"),
      Mistake("run smoke --engine 25.8 --priority 1", 64, "--priority and --max-threads are for"),
      Mistake(
        "run smoke --url \(nowhere) --max-threads 0", 64,
        "--max-threads must be from 1 to "
          + "1024"),
      Mistake("run smoke --url \(nowhere) --priority 0", 64, "--priority must be from 1 (highest)"),
      Mistake("run smoke --url \(nowhere) --max-server-memory 0", 64, "--max-server-memory is 0; "),
      Mistake("run smoke --url \(nowhere) --max-server-memory x", 64, "'x' is not a size; write"),
      Mistake("run smoke --database x", 64, "--database measures existing tables, and a ser"),
      Mistake(
        "run smoke --database x --keep", 64, "--database measures existing tables, and --keep"),
      Mistake("run smoke --database a\u{7}b --url \(nowhere)", 64, "'a\\x07b' is not a name; a n"),
      Mistake("run smoke --to 2026-09-20", 64, "--to goes with --database; add it, or leave --to"),
      Mistake("run smoke --database x --to now --url \(nowhere)", 64, "--to 'now' is not a date"),
      Mistake(
        "run writes --database x --url \(nowhere)", 65, "Benchmarks/writes.yaml measures wr"),
      Mistake(
        "run frontier --database x --url \(nowhere)", 65, "Benchmarks/frontier.yaml has 'memory_"),
      Mistake("grants nope", 64, "there is no list of grants for 'nope'; there are: backfill, "),
      Mistake("grants run --user a\nb", 64, "'a\\nb' is not a name; a name has from 1 to 255"),
      Mistake("cleanup --older-than 5", 64, "'5' is not a span of time; write it like 20m"),
      Mistake("cleanup --url \(nowhere)", 69, "cannot connect to \(nowhere)/"),
      Mistake("run smoke --url http://me:hunter2@h:1", 64, "--url holds a password, which every"),
      Mistake("run smoke --url native://h:9000", 64, "the server's URL begins with neither http:"),
      Mistake(
        "run smoke --url \(nowhere) --ca-file /nope", 64, "--ca-file: cannot read /nope: No suc"),
      Mistake("run smoke --url \(nowhere) --output %/run", 69, "cannot connect to \(nowhere)/"),
      Mistake("run smoke --url \(nowhere) --output %", 73, "the output folder "),
      Mistake(
        "run smoke --url \(nowhere) --output /proc/no/run", 73,
        "cannot create the output "
          + "fo"),
      Mistake("run smoke --engine /bin/false --output %/run", 69, "the embedded ClickHouse (/bin/"),
      Mistake(
        "export --output %/x", 64, "this needs a server: give --url or CLICKHOUSE_URL, or start"),
      Mistake("export nope --output %/x", 64, "there is no export path 'nope'; there are: "),
      Mistake("export --output /nope/x --url \(nowhere)", 69, "cannot connect to \(nowhere)/"),
      Mistake(
        "export --output /etc/passwd --url \(nowhere)", 73, "/etc/passwd exists already; choose"),
      Mistake("generate smoke", 64, "this needs a server: give --url or CLICKHOUSE_URL, or start"),
      Mistake("generate smoke --workers 0", 64, "--workers is 0; it must be from 1 to 256"),
      Mistake(
        "generate smoke --workers 9223372036854775807", 64, "--workers is 9223372036854775807"),
      Mistake(
        "generate smoke --workers 100000", 64, "--workers is 100000; it must be from 1 to 256"),
      Mistake(
        "export --output %/x --url \(nowhere) --to 2026-02-30", 64, "--to '2026-02-30' is a d"),
      Mistake(
        "export --output %/x --url \(nowhere) --to 1969-01-01", 64, "--to is 1969-01-01; the "),
      Mistake(
        "export --output %/x --url \(nowhere) --to 1850-01-01", 64, "--to '1850-01-01' has a "),
      Mistake(
        "export --output %/x --url \(nowhere) --window 999999d", 64, "'999999d' is too long "),
      Mistake("generate smoke --rows-per-insert x", 64, "'x' is not a count; write it like 300k"),
      Mistake("generate smoke --url \(nowhere)", 69, "cannot connect to \(nowhere)/"),
      Mistake("generate smoke --url \(nowhere) --database a\tb", 64, "'a\\tb' is not a name; a na"),
      Mistake(
        "generate smoke --output /dev/full", 73,
        "cannot write /dev/full: No space left on device; free some space, or write elsewhere"),
      Mistake("generate smoke --output /nope/x", 73, "cannot write /nope/x: No such file"),
      Mistake("engine start --folder /etc", 64, "--folder /etc exists; choose another"),
      Mistake("migrate up", 64, "this needs a server: give --url or CLICKHOUSE_URL, or start"),
      Mistake("migrate down --url \(nowhere)", 69, "cannot connect to \(nowhere)/"),
      Mistake("backfill", 64, "--database is missing: name the database of the view"),
      Mistake("backfill --database x", 64, "this needs a server: give --url or CLICKHOUSE_URL"),
      Mistake("backfill --database x --url \(nowhere)", 69, "cannot connect to \(nowhere)/"),
      Mistake("backfill --database x --url \(nowhere) --view a\rb", 64, "'a\\rb' is not a name; "),
      Mistake("backfill --database x --max-memory 1MiB", 64, "--max-memory is 1.00 MiB; it must"),
      Mistake("backfill --database x --threads 0", 64, "--threads is 0; it must be from 1 to 64"),
      Mistake("backfill --database x --partitions ,", 64, "--partitions ',' is empty or"),
      Mistake("backfill --database x --like /nope", 65, "cannot read /nope: No such file or dir"),
      Mistake("backfill --for-rows 1M", 64, "--for-rows, --for-bytes and --like go together; "),
      Mistake("\(plan) 40M --payload 12KiB", 64, "every requested window is more than 4"),
      Mistake("\(plan) 0 --payload 3KiB", 64, "the rows per day must be at least 1"),
      Mistake("\(plan) 9k --payload 0", 64, "the payload is 0; give the uncompressed bytes of all"),
      Mistake("\(plan) 9k --payload x", 64, "'x' is not a size; write it like 64MiB"),
      Mistake("\(plan) 9k --payload 3KiB --versions 0.5", 64, "the versions are below 1; an id"),
      Mistake("\(plan) 9k --payload 3KiB --windows ,", 64, "a window must be longer than 0; write"),
      Mistake("\(plan) 9k --payload 3KiB --memory-limit 1MiB", 64, "the limit is 1.00 MiB, but an"),
      Mistake("\(plan) 9k --payload 3KiB --paths nope", 64, "no run measured the path 'nope'; "),
      Mistake(
        "\(plan) 9k --payload 3KiB --project-share 2", 64, "--project-share is 2.0; it must "),
      Mistake("capacity % --rows-per-day 9k --payload 3KiB", 65, "% has no manifest.json; give"),
      Mistake(
        "capacity Tests/Fixtures/writes --rows-per-day 9k --payload 3KiB", 65,
        "none of the runs measured exports (writes), which memory models need; give a"),
      Mistake("engine start --folder %", 64, "--folder "),
      Mistake("engine start --engine 1.2", 69, "engine '1.2' is not installed; "),
    ]

    /// The right cause, where Foundation has its own words.
    static let files = [
      Mistake("run Benchmarks", 65, "cannot read Benchmarks: Is a directory; it is a folder"),
      Mistake("run README.md/x.yaml", 65, "cannot read README.md/x.yaml: Not a directory; a"),
      Mistake("run smoke --dataset \(long)", 65, "cannot read \(long): File name too long; "),
      Mistake("run smoke --paths-dir README.md", 64, "cannot read README.md: Not a directory; "),
      Mistake("report README.md", 65, "README.md has no manifest.json; give"),
      Mistake("report nope", 65, "cannot read nope: No such file or directory; check the path"),
      Mistake("cite %", 65, "cannot read %: Is a directory; it is a folder; name a file"),
      Mistake("compare nope nope", 65, "cannot read nope: No such file or directory; check the"),
      Mistake("capacity nope --rows-per-day 9k --payload 3KiB", 65, "cannot read nope: No such"),
      Mistake("backfill --database x --like %", 65, "cannot read %: Is a directory; it is a fo"),
      Mistake("verify --parquet README.md/a README.md", 65, "cannot read README.md/a: Not a dir"),
      Mistake("run smoke --url \(nowhere) --ca-file %", 64, "--ca-file: cannot read %: Is a di"),
      Mistake("run --resume README.md", 65, "README.md has no manifest.json, so there is no"),
      Mistake("run --resume nope", 65, "cannot read nope: No such file or directory; check the"),
      Mistake(
        "run smoke --url \(nowhere) --output README.md/run", 73,
        "cannot create the output folder README.md/run: Not a directory; a component"),
      Mistake(
        "run smoke --url \(nowhere) --output %/\(long)/run", 73, "cannot create the output folder"),
      Mistake("generate smoke --output %", 73, "cannot write %: Is a directory; it is a folder"),
      Mistake("generate smoke --output README.md/x", 73, "cannot write README.md/x: Not a dire"),
      Mistake(
        "report Tests/Fixtures/claim --output README.md/x.html", 73,
        "cannot make README.md: File exists; choose another name, or remove it"),
    ]

    private static let long = String(repeating: "n", count: 300)

    @Test(arguments: mistakes + files) func aMistakeIsOneSentence(mistake: Mistake) async throws {
      let result = try await Program.run(
        mistake.arguments.map { $0.replacing("%", with: scratch.path) })
      expect(result, mistake.code, mistake.sentence.replacing("%", with: scratch.path))
      let known = try await KnownCommand.all
      let name = mistake.arguments.prefix(2).joined(separator: " ")
      let command = known[name] ?? known[mistake.arguments[0]]
      #expect(
        command?.codes.contains(mistake.code) == true, "the help does not say \(mistake.code)")
      #expect(!result.remarks.contains("hunter2"))
      #expect(scratch.names.isEmpty, "something half-made is left")
      #expect(exists("/dev/full"))
    }

    private func expect(_ result: Program.Result, _ code: Int32, _ sentence: String) {
      #expect(result.ending == .exit(code), "\(result.remarks)")
      let lines = result.remarks.split(separator: "\n")
      #expect(lines.last?.hasPrefix("exportbench: \(sentence)") == true, "\(result.remarks)")
      #expect(lines.count { $0.hasPrefix("exportbench:") } == 1)
      #expect(result.output.isEmpty)
    }

    @Test(arguments: [["frobnicate"], ["run", "--nope"], ["list", "nope"]])
    func whatTheCommandLineDoesNotKnow(arguments: [String]) async throws {
      let result = try await Program.run(arguments)
      #expect(result.ending == .exit(64))
      #expect(result.remarks.hasPrefix("Error: ") && result.output.isEmpty)
    }

    @Test func filesThatAreWrongAreToldWithTheirLine() async throws {
      let good = TinyBenchmark().write(to: scratch)
      let text = try #require(textOfFile(good))
      let run = ["run", "--url", Self.nowhere, "--output", scratch.path("run")]
      let unknown = scratch.write(text.replacing("repeats", with: "repeets"), to: "unknown.yaml")
      expect(
        try await Program.run(run + [unknown]), 65,
        "\(unknown):6: unknown key 'repeets'; did you mean 'repeats'?")
      let broken = scratch.write("name: [", to: "broken.yaml")
      expect(try await Program.run(run + [broken]), 65, "\(broken):")
      let binary = scratch.path("binary.yaml")
      try Data([0xff, 0xfe, 0x00]).write(to: URL(fileURLWithPath: binary))
      expect(try await Program.run(run + [binary]), 65, "\(binary): the file is not UTF-8 text")
      let data = try #require(textOfFile(scratch.path("tiny-data.yaml")))
      scratch.write(data.replacing("days: 2", with: "days: two"), to: "tiny-data.yaml")
      expect(
        try await Program.run(run + [good]), 65,
        "\(scratch.path("tiny-data.yaml")):4: 'days' is 'two'; write a whole number")
      #expect(!exists(scratch.path("run")))
    }

    @Test func aWrongPasswordIsToldAndNotRepeated() async throws {
      var environment = try await Shared.environment
      environment["CLICKHOUSE_PASSWORD"] = "open-sesame"
      let output = scratch.path("run")
      for arguments in [["run", "smoke", "--output", output], ["generate", "smoke"]] {
        let result = try await Program.run(arguments, environment: environment)
        expect(result, 69, "the server refused the user or the password")
        #expect(!result.remarks.contains("open-sesame"))
      }
      #expect(scratch.names.isEmpty)
    }

    @Test func aServerThatIsTooOldIsRefused() async throws {
      let server = FakeServer([FakeServer.Step].answer("[{\"version\":\"21.3.4.25\"}]\n"))
      expect(
        try await Program.run(["migrate", "up", "--url", server.url]), 69,
        "the server is ClickHouse 21.3.4, and 24.3.0 or newer is needed")
      #expect(server.received.count == 1, "and nothing else is asked of it")
    }

    @Test func somethingElseThanClickHouseIsToldApart() async throws {
      let server = FakeServer([FakeServer.Step].answer("<html>hello", status: "404 Not Found"))
      expect(
        try await Program.run(["migrate", "up", "--url", server.url]), 69,
        "\(server.url) answered with status 404 ('hello'), and not like ClickHouse")
    }

    @Test func aFullDiskLeavesNoHalfFile() async throws {
      // A limit of the size of files stands in for a disk that is full.
      let limit = ["/usr/bin/env", "--ignore-signal=XFSZ", "/usr/bin/prlimit", "--fsize=100000"]
      let file = scratch.path("data.native")
      let result = try await Program.run(
        ["generate", "smoke", "--output", file], through: limit)
      expect(result, 73, "cannot write \(file): File too large")
      #expect(scratch.names.isEmpty)
    }

    @Test func aDiskThatFillsUpInARunLeavesWholeRows() async throws {
      let limit = ["/usr/bin/env", "--ignore-signal=XFSZ", "/usr/bin/prlimit", "--fsize=12000"]
      let file = TinyBenchmark(repeats: 500).write(to: scratch)
      let folder = scratch.path("full-disk")
      let result = try await Program.run(
        ["run", file, "--output", folder], environment: try await Shared.environment,
        through: limit)
      expect(result, 73, "cannot write \(folder)/samples.csv: File too large")
      #expect(try wholeRows(Sample.self, "\(folder)/samples.csv").count > 5)
      #expect(try manifest(folder).complete == false)
      #expect(!namesInFolder(folder).contains { $0.hasPrefix(".") }, "a draft is left")
      #expect(try await Shared.databases().isEmpty)
    }
  }
}
