// The summary of a run made by hand, its crossovers, and the manifest.

import Testing
@testable import Analysis
@testable import BenchmarkSpec
@testable import CSVRecords
@testable import RunStore

@Suite struct SummaryTests {
  private func summary(_ samples: [Sample], inserts: [InsertSample] = []) -> Summary {
    Summary(
      ExportExperiment.summaryRows(Records(samples), paths: ["a", "b"], baseline: "a")
        + InsertExperiment.summaryRows(Records(inserts)))
  }

  @Test func aRunMadeByHand() throws {
    let memory = [("a", [100.0, 200, 300]), ("b", [50.0, 150, 300])]
    var samples = memory.flatMap { path, values in
      values.enumerated().map { attempt(path, repeat: $0, memory: $1) }
    }
    var warmup = attempt("a", repeat: 9, memory: 9e9)
    warmup.period = .warmup
    var failed = attempt("b", repeat: 3, memory: 9e9)
    failed.status = .failed
    samples += [warmup, failed]
    let summary = summary(samples)

    func row(_ subject: String) throws -> SummaryRow {
      try #require(
        summary.export("memory_peak_bytes", mergeState: "fresh", window: "1d", subject: subject))
    }
    let base = try row("a")
    #expect((base.n, base.failed) == (3, 0))
    #expect(base.median == 200 && base.low == 100 && base.high == 300)
    #expect(base.noise == 0.5, "half of 300 − 100, over 200")
    #expect(base.unit == .bytes && base.windowMs == 86_400_000)
    let other = try row("b")
    #expect((other.n, other.failed) == (3, 1))
    #expect(other.median == 150 && other.max == 300)
    // By hand: 50/100, 150/200, 300/300.
    let ratio = try row("b/a")
    #expect((ratio.n, ratio.failed) == (3, 1))
    #expect(ratio.median == 0.75 && ratio.low == 0.5 && ratio.high == 1)
    // Of the ratios that are not 1, both point the same way: 2 · ½².
    #expect(ratio.p == 0.5 && base.p == nil)
    #expect(ratio.difference == .tooFew && ratio.smallestDifference == nil)
    #expect(base.bootstrapLow == 100 && base.bootstrapHigh == 300)
    #expect(
      summary.export("read_rows", mergeState: "fresh", window: "1d", subject: "a") == nil,
      "what nobody measured has no row")
    #expect(
      try CSV.parse(
        SummaryRow.self, Array(CSV.document(summary.rows).utf8), file: "summary.csv"
      ).records == summary.rows)
  }

  @Test func aRepeatedAttemptReplacesTheOneBefore() throws {
    let samples = [
      attempt("a", repeat: 1, memory: 100), attempt("a", repeat: 1, memory: 300),
      attempt("b", repeat: 1, memory: 150), attempt("b", repeat: 2, memory: 9),
    ]
    let ratio = try #require(
      summary(samples).export(
        "memory_peak_bytes", mergeState: "fresh", window: "1d", subject: "b/a"))
    #expect(ratio.n == 1 && ratio.median == 0.5 && ratio.low == nil && ratio.noise == nil)
  }

  @Test func outliersAreNamedByTheirRepeats() throws {
    var samples = pairs(count: 20, ratio: 2).filter { $0.path == "a" }
    samples = samples.map { sample in
      var sample = sample
      sample.memoryPeakBytes = 1_000_000 + sample.repeat
      if [4, 11].contains(sample.repeat) { sample.memoryPeakBytes = 9_000_000 }
      return sample
    }
    let row = try #require(
      summary(samples.shuffled()).export(
        "memory_peak_bytes", mergeState: "fresh", window: "1d", subject: "a"))
    #expect(row.outliers == 2 && row.outlierRepeats == "4 11")
    #expect(row.n == 20, "flagged, and kept")
  }

  @Test func driftIsInTheRowOfEverySubject() throws {
    let row = try #require(
      summary(pairs(ratio: 2)).export(
        "memory_peak_bytes", mergeState: "fresh", window: "1d", subject: "a"))
    #expect(row.isUnstable, "pairs() drifts by a factor of 2 …")
    let ratio = try #require(
      summary(pairs(ratio: 2)).export(
        "memory_peak_bytes", mergeState: "fresh", window: "1d", subject: "b/a"))
    #expect(!ratio.isUnstable && ratio.difference == .more, "… and the ratio does not")
  }

  @Test func nothingIsDividedByZero() {
    let samples = [attempt("a", repeat: 1, memory: 0), attempt("b", repeat: 1, memory: 5)]
    let summary = summary(samples)
    #expect(
      summary.export("memory_peak_bytes", mergeState: "fresh", window: "1d", subject: "b/a") == nil)
    #expect(summary.rows.allSatisfy { $0.median?.isFinite ?? true })
  }

  @Test func riseIsPeakMinusBefore() throws {
    var sample = attempt("a", repeat: 1, memory: 1)
    sample.serverRSSPeakBytes = 500
    let rise = try Sample.figure("server_rss_rise_bytes")
    #expect(rise.value(sample) == nil)
    sample.serverRSSBeforeBytes = 270
    #expect(rise.value(sample) == 230)
  }

  @Test func writtenBytesIncludeTheViewOnlyWhereThereIsOne() throws {
    let written = try InsertSample.figure("written_bytes")
    var sample = InsertSample()
    sample.tableWrittenBytes = 10
    #expect(written.value(sample) == 10)
    sample.target = .withView
    #expect(written.value(sample) == nil, "the view wrote something, and nobody knows how much")
    sample.viewWrittenBytes = 17
    #expect(written.value(sample) == 27)
  }

  @Test func theCrossoverIsNamedByTheWindowsThatAreSure() throws {
    let samples =
      pairs("1h", hours: 1, ratio: 2) + pairs("6h", hours: 6, ratio: 1.3)
      + pairs("1d", hours: 24, ratio: 1, noise: 0.1, seed: 3) + pairs("7d", hours: 168, ratio: 0.7)
    let figure = "memory_peak_bytes"
    let found = Crossover.all(in: summary(samples), figure: figure, subject: "b", baseline: "a")
    #expect(
      found.map { $0.sentence("peak memory") } == [
        "b needs less peak memory than a at 7d, and more at 6h"
      ])
    let none = Crossover.all(
      in: summary(pairs(ratio: 2)), figure: figure, subject: "b", baseline: "a")
    #expect(none.allSatisfy { $0.decisive == nil })
  }

  @Test func unitsReadWell() {
    #expect(FigureUnit.bytes.text(1_460_000_000) == "1.36 GiB")
    #expect(FigureUnit.milliseconds.text(0.25) == "0.250 ms")
    #expect(FigureUnit.milliseconds.text(1_234) == "1.23 s")
    #expect(FigureUnit.milliseconds.text(720_000) == "12.0 min")
    #expect(FigureUnit.rows.text(1_234_567) == "1,234,567")
    #expect(FigureUnit.rows.text(1e300) == "9,223,372,036,854,775,807")
  }
}

@Suite struct ManifestTests {
  private func manifest() -> Manifest {
    var manifest = Manifest(
      toolVersion: "0.1.0", run: "r", startedAt: "2026-01-02T03:04:05Z", seed: 7,
      benchmark: .init(file: "b.yaml", text: "x: \"y\"\n"),
      dataset: .init(
        file: "d.yaml", text: "", rows: 3, unique: 2, duplicates: 1),
      engine: .init(kind: "embedded", version: "25.8.2.1", url: "http://h:1/", source: "chdb"),
      machine: .init(cpu: "c", cores: 2, memoryBytes: 1, kernel: "6", os: "l"),
      paths: [.init(name: "a", sql: "SELECT 1")], baseline: "a", mergeStates: ["fresh"])
    manifest.settings = ["export": ["max_threads": "2", "camelCase": "kept", "a_b": "kept"]]
    manifest.ddl = ["observations_export_mv": "CREATE", "someTable": "CREATE"]
    manifest.claims = [
      ClaimTests.claim(windows: ["1d"]),
      Claim(name: "i", statement: "s", ratio: .insert(figure: "view_ms"), atLeast: 1),
    ]
    manifest.harness = .init(cpuMs: 1, wallMs: 2, rssPeakBytes: nil, bottleneck: nil)
    return manifest
  }

  private func sentence(_ text: String) -> String? {
    do throws(RecordError) {
      _ = try Manifest(json: Array(text.utf8), file: "manifest.json")
      return nil
    } catch { return error.description }
  }

  @Test func comesBackWhole() throws {
    let text = try manifest().json()
    #expect(try Manifest(json: Array(text.utf8), file: "manifest.json") == manifest())
    #expect(text.contains("\"schema_version\" : 2"))
    #expect(text.contains("\"memory_bytes\" : 1"))
    #expect(text.contains("\"camelCase\" : \"kept\""))
    #expect(text.contains("\"url\" : \"http://h:1/\""))
    #expect(text.hasSuffix("}\n"))
  }

  @Test func keysOfLaterVersionsAreLeftOut() throws {
    let text = try manifest().json().replacing("\"run\" :", with: "\"new_key\" : {}, \"run\" :")
    #expect(try Manifest(json: Array(text.utf8), file: "m").run == "r")
  }

  @Test func brokenFilesGetASentence() throws {
    let text = try manifest().json()
    #expect(sentence("") == "manifest.json: this is not JSON; it may be truncated")
    #expect(sentence(String(text.prefix(300)))?.contains("truncated") == true)
    #expect(
      sentence(text.replacing("\"tool_version\"", with: "\"x\""))
        == "manifest.json: the key 'tool_version' is missing")
    #expect(
      sentence(text.replacing("\"memory_bytes\" : 1", with: "\"memory_bytes\" : \"1\""))
        == "manifest.json: the value of 'machine.memory_bytes' has the wrong type")
    #expect(
      sentence(text.replacing("\"schema_version\" : 2", with: "\"schema_version\" : 3"))?
        .contains("schema version 3, and this version supports 2") == true)
  }
}
