// No conclusion uses the figures of a wrong answer, whether its number of rows or their content is
// wrong; and what is wrong is not called failed.

import Testing
@testable import Analysis
@testable import BenchmarkSpec
@testable import CSVRecords
@testable import CapacityModel
@testable import RunStore
@testable import Units

@Suite struct WrongRowsTests {
  /// Two paths at 1h, 1d and 7d; `b` takes twice the memory of `a` at 1h and half of it at 7d.
  private func records(repeats: Int = 20, wrong path: String?, at window: String = "1d") -> Records
  {
    var records = Records(
      pairs("1h", hours: 1, count: repeats, ratio: 2)
        + pairs("1d", count: repeats, ratio: 0.688)
        + pairs("7d", hours: 168, count: repeats, ratio: 0.5))
    if let path { records.verifications = [check(path, window)] }
    return records
  }

  private func check(
    _ path: String, _ window: String, _ status: Status = .wrongRows
  ) -> VerificationSample {
    var sample = VerificationSample()
    (sample.mergeState, sample.path, sample.window) = ("fresh", path, window)
    (sample.status, sample.differentIDs) = (status, status == .wrongRows ? 677 : nil)
    if status == .failed { sample.errorName = "TIMEOUT_EXCEEDED" }
    return sample
  }

  private func manifest() -> Manifest {
    var manifest = Manifest(
      toolVersion: "1", run: "r", startedAt: "", seed: 1,
      benchmark: .init(file: "b.yaml", text: ""),
      dataset: .init(file: "", text: "", rows: 1, unique: 1, duplicates: 0),
      engine: .init(kind: "embedded", version: "", url: "", source: ""),
      machine: .init(cpu: "", cores: 1, memoryBytes: 1, kernel: "", os: ""),
      paths: [.init(name: "a", sql: "1"), .init(name: "b", sql: "2")], baseline: "a",
      mergeStates: ["fresh"])
    manifest.complete = true
    manifest.claims = [ClaimTests.claim(atMost: 0.9, windows: ["1d"])]
    return manifest
  }

  private func row(_ records: Records, _ subject: String) -> SummaryRow? {
    Summary(ExportExperiment.summaryRows(records, paths: ["a", "b"], baseline: "a"))
      .export("memory_peak_bytes", mergeState: "fresh", window: "1d", subject: subject)
  }

  @Test func aWrongAnswerKeepsItsMedianAndHasNoRatio() throws {
    let right = records(wrong: nil)
    #expect(row(right, "b/a")?.wrongRows == 0 && row(right, "b/a")?.n == 20)
    for path in ["a", "b"] {
      let wrong = records(wrong: path)
      let own = try #require(row(wrong, path))
      #expect(own.median == row(right, path)?.median && own.n == 20)
      #expect(own.wrongRows == 20 && own.failed == 0 && own.isWrong)
      let ratio = try #require(row(wrong, "b/a"))
      #expect(ratio.median == nil && ratio.low == nil && ratio.p == nil && ratio.n == 0)
      #expect(ratio.wrongRows == 20 && ratio.failed == 0)
    }
    #expect(try #require(row(records(wrong: "b"), "a")).wrongRows == 0)
  }

  @Test func anotherNumberOfRowsIsNoFailure() throws {
    var records = records(wrong: nil)
    for place in records.samples.indices where records.samples[place].path == "b" {
      records.samples[place].status = .wrongRows
    }
    let own = try #require(row(records, "b"))
    #expect(own.median == nil && own.failed == 0 && own.wrongRows == 20)
    let findings = try Findings(manifest: manifest(), records: records)
    #expect(
      findings.verdicts.map(\.reason) == [
        "wrong rows of b (20 of 20 attempts returned a wrong number of rows) at 1d"
      ])
    #expect(findings.failures.allSatisfy { $0.error.hasPrefix("wrong rows") })
  }

  @Test func theLastCheckOfACellCounts() {
    var records = records(wrong: "b")
    records.verifications.append(check("b", "1d", .ok))
    #expect(row(records, "b/a")?.n == 20)
  }

  @Test func verdictsAndCrossoversLeaveItOut() throws {
    let right = try Findings(manifest: manifest(), records: records(wrong: nil))
    #expect(right.verdicts[0].outcome == .supported && right.crossovers.count == 1)
    for path in ["a", "b"] {
      let findings = try Findings(manifest: manifest(), records: records(wrong: path))
      let verdict = findings.verdicts[0]
      #expect(verdict.outcome == .inconclusive && verdict.cells[0].ratio == nil)
      #expect(verdict.reason == "wrong rows of \(path) (677 ids differ) at 1d")
      #expect(findings.failures.map(\.error) == ["wrong rows: 677 ids differ"])
    }
    let last = try Findings(manifest: manifest(), records: records(wrong: "b", at: "7d"))
    #expect(last.crossovers.map { $0.decisive?.after } == ["1d"], "7d is on neither side")
    #expect(last.crossovers.map(\.lastMs) == [86_400_000])
  }

  @Test func anAnswerThatCouldNotBeCheckedIsNotCalledWrong() throws {
    var records = records(wrong: nil)
    records.verifications = [check("b", "1d", .failed)]
    let findings = try Findings(manifest: manifest(), records: records)
    #expect(findings.verdicts[0].outcome == .inconclusive)
    #expect(
      findings.verdicts[0].reason.hasSuffix(
        "but the answer of b could not be checked: TIMEOUT_EXCEEDED"))
    let ratio = try #require(row(records, "b/a"))
    #expect(ratio.wrongRows == 0 && ratio.median == nil, "nobody knows what it is a ratio of")
    let base = Baseline(manifest: manifest(), records: self.records(wrong: nil))
    let found = try Comparison(
      base: base, candidate: Baseline(manifest: manifest(), records: records))
    #expect(found.faults.map(\.finding) == ["rows not checked, checked in the base"])
  }

  @Test func comparisonsAndThresholdsLeaveItOut() throws {
    let right = Baseline(manifest: manifest(), records: records(wrong: nil))
    let wrong = Baseline(manifest: manifest(), records: records(wrong: "b"))
    func places(_ comparison: Comparison) -> Set<String> {
      Set(comparison.lines.map(\.place.text))
    }
    let worse = try Comparison(base: right, candidate: wrong)
    #expect(worse.faults.map(\.finding) == ["wrong rows, correct in the base"])
    #expect(!places(worse).contains("b at 1d (fresh)") && places(worse).contains("b at 7d (fresh)"))
    let better = try Comparison(base: wrong, candidate: right)
    #expect(better.faults.isEmpty && !places(better).contains("b at 1d (fresh)"))
    #expect(
      better.notes == [
        "b at 1d (fresh): wrong rows in the base, so its figures are not compared"
      ])
    let both = try Comparison(base: wrong, candidate: wrong)
    #expect(both.notes.contains { $0.contains("wrong rows in both runs") })

    var changed = records(wrong: "b")
    for place in changed.samples.indices where changed.samples[place].path == "b" {
      guard changed.samples[place].window == "1d" else { continue }
      changed.samples[place].memoryPeakBytes = 9_000_000
    }
    let again = Baseline(manifest: manifest(), records: changed)
    let learnt = try Thresholds(runs: [right, wrong, again])
    #expect(learnt.measured.first { $0.figure == "memory_peak_bytes" }?.largest == 0)
  }

  /// A baseline of an older version has no count of failed checks.
  @Test func olderBaselinesAreReadable() throws {
    let written = try Baseline(manifest: manifest(), records: records(wrong: "b")).json()
    let older = written.split(separator: "\n").filter { !$0.contains("\"unchecked\"") }
      .joined(separator: "\n").replacing(/,(\s*\})/) { $0.1 }
    let read = try Baseline(json: Array(older.utf8), file: "older.json")
    #expect(read.groups.allSatisfy { $0.unchecked == nil })
    #expect(read.groups.filter { $0.wrong > 0 }.map(\.place.text) == ["b at 1d (fresh)"])
  }

  @Test func itAsksForNoRepeatsAndForecastsNothing() throws {
    func noisy(_ wrong: String?) -> Records {
      var records = Records(pairs(count: 20, ratio: 1, noise: 0.5))
      if let wrong { records.verifications = [check(wrong, "1d")] }
      return records
    }
    func shortfalls(_ records: Records) throws -> Int {
      try PrecisionTests.asked.shortfalls(in: records, paths: ["a", "b"], baseline: "a").count
    }
    #expect(try shortfalls(noisy(nil)) == 1)
    #expect(try shortfalls(noisy("b")) == 0)
    #expect(try shortfalls(noisy("a")) == 0)
    let noise = try Noise(noisy("b"), paths: manifest().paths)
    #expect(Set(noise.levels.map(\.path)) == ["a"])
  }

  @Test func noCapacityModelRestsOnIt() throws {
    let made = SyntheticRun(peak: { 1e7 + 2 * $0.rows * $0.width }).made()
    func run(wrong windows: [Int]) -> CapacityRun {
      var records = made.records
      records.verifications = windows.map { check("limit-by", "\($0)h") }
      return CapacityRun(name: made.name, manifest: made.manifest, records: records)
    }
    let whole = try CapacityFindings([made], question())
    #expect(whole.wrong.isEmpty)
    let found = try CapacityFindings([run(wrong: [6])], question())
    #expect(found.wrong == ["limit-by at 6h (fresh)"])
    #expect(found.memory[0].cells.count == whole.memory[0].cells.count - 1)
    let none = run(wrong: [6, 24, 72, 168, 336, 720])
    let error = #expect(throws: RecordError.self) { try CapacityFindings([none], question()) }
    #expect(error?.description.contains("returned wrong rows (limit-by at 6h (fresh)") == true)
  }

  @Test func aLimitOfItHasNoRatio() throws {
    func findings(_ wrong: String?) throws -> [MemoryLimitFinding] {
      var (manifest, records) = (manifest(), Records())
      manifest.memoryLimits = MemoryLimitQuestion()
      manifest.dataset.spanMs = 86_400_000
      let frontier = MemoryLimitSearch(
        MemoryLimitQuestion(), paths: ["a", "b"], windows: [TimeSpan(milliseconds: 86_400_000)],
        spanMs: 86_400_000)
      while var next = frontier.next(in: "fresh", after: records), records.memoryLimits.count < 200
      {
        let need = next.path == "a" ? 100 << 20 : 50 << 20
        next.status = next.limitBytes >= need ? .finished : .refused
        records.memoryLimits.append(next)
      }
      if let wrong { records.verifications = [check(wrong, "1d")] }
      return try Findings(manifest: manifest, records: records).memoryLimits
    }
    #expect(try findings(nil).map { $0.ratio != nil } == [false, true])
    for wrong in ["a", "b"] {
      let found = try findings(wrong)
      #expect(found.allSatisfy { $0.ratio == nil && $0.found != nil })
      #expect(found.map { $0.wrongAnswer != nil } == ["a", "b"].map { $0 == wrong })
    }
  }

  @Test func howAnAnswerIsWrongIsNamed() {
    var deleted = DifferenceSample()
    (deleted.mergeState, deleted.path, deleted.window) = ("fresh", "b", "1d")
    (deleted.kind, deleted.ids) = (.unexpected, 600)
    deleted.shape = ExistingShape.newestDeleted.rawValue
    var stale = deleted
    (stale.kind, stale.ids, stale.shape) = (.otherVersion, 77, ExistingShape.olderRow.rawValue)
    var elsewhere = stale
    elsewhere.window = "7d"
    #expect(
      check("b", "1d").finding(with: [stale, deleted, elsewhere])
        == "677 ids differ: 600 returned though deleted, 77 in an older version")
    #expect(check("b", "1d").finding(with: []) == "677 ids differ")
  }
}
