// Two runs against each other: what is an alarm, what is none, and how often chance makes one.

import Foundation
import Testing
@testable import Analysis
@testable import CSVRecords
@testable import RunStore

@Suite struct ComparisonTests {
  // MARK: Simulation

  /// 12 cells of memory with a spread of 5 % within a run, no difference between the runs, and
  /// thresholds of nothing: chance alone raises an alarm in at most 5 % of 400 comparisons.
  @Test func chanceAloneRarelyRaisesAnAlarm() throws {
    var random = TestRandom(seed: 11)
    var exact = Thresholds()
    exact.given = ["memory_peak_bytes": 0]
    let alarms = try (0..<400).count { _ in
      let base = simulated(&random, repeats: 8)
      let candidate = simulated(&random, repeats: 8)
      let found = try Comparison(base: base, candidate: candidate, thresholds: exact)
      return !found.regressions.isEmpty || found.lines.contains { $0.change == .improvement }
    }
    #expect(alarms <= 20, "\(alarms) of 400")
  }

  /// Three bases are no more occasions for a false alarm than one.
  @Test func chanceAloneRarelyRaisesAnAlarmAgainstSeveralBases() throws {
    var random = TestRandom(seed: 14)
    var exact = Thresholds()
    exact.given = ["memory_peak_bytes": 0]
    let alarms = try (0..<200).count { _ in
      let bases = (0..<3).map { _ in simulated(&random, repeats: 8) }
      let found = try Comparison.all(
        bases: bases, candidate: simulated(&random, repeats: 8), thresholds: exact)
      return found.contains { comparison in
        comparison.lines.contains { [.regression, .improvement].contains($0.change) }
      }
    }
    #expect(alarms <= 10, "\(alarms) of 200")
    // What is told from chance against one base may not be against several.
    let (a, b) = (
      run([("a", [100, 101, 102, 103, 104])]), run([("a", [130, 131, 132, 133, 134])])
    )
    let alone = try #require(Comparison.all(bases: [a], candidate: b)[0].lines[0].adjustedP)
    let among = try #require(Comparison.all(bases: [a, a], candidate: b)[1].lines[0].adjustedP)
    #expect(among == 2 * alone)
  }

  /// Runs differ by more than their repeats: a level of each cell of its own in each run. The
  /// thresholds that six such runs teach keep false alarms, undecided ones included, below 5 %.
  @Test func noiseFromRunToRunRaisesNoAlarm() throws {
    var random = TestRandom(seed: 12)
    var alarms = 0
    for _ in 0..<20 {
      let runs = (0..<6).map { _ in simulated(&random, repeats: 8, between: 0.04) }
      let learnt = try Thresholds(runs: runs)
      alarms += try (0..<10).count { _ in
        let found = try Comparison(
          base: simulated(&random, repeats: 8, between: 0.04),
          candidate: simulated(&random, repeats: 8, between: 0.04), thresholds: learnt)
        return !(found.regressions + found.suspects).isEmpty
      }
    }
    #expect(alarms <= 10, "\(alarms) of 200")
  }

  /// 30 % more memory in one of 12 cells, under the noise of above, is found with 8 repeats.
  @Test func thirtyPerCentMoreAreFound() throws {
    var random = TestRandom(seed: 13)
    let learnt = try Thresholds(
      runs: (0..<6).map { _ in simulated(&random, repeats: 8, between: 0.02) })
    let found = try (0..<200).count { _ in
      let comparison = try Comparison(
        base: simulated(&random, repeats: 8, between: 0.02),
        candidate: simulated(&random, repeats: 8, between: 0.02, worse: ["p3": 1.3]),
        thresholds: learnt)
      return comparison.regressions.contains { $0.place.subject == "p3" }
    }
    #expect(found >= 190, "\(found) of 200")
  }

  // MARK: Single figures

  @Test func aCountThatDiffersIsAChange() throws {
    let base = run([("a", [100, 100, 100])])
    let worse = try Comparison(base: base, candidate: run([("a", [126, 126, 126])]))
    #expect(worse.regressions.map(\.place.text) == ["a at 1d (fresh)"])
    #expect(worse.regressions.first?.p == nil, "there is no chance to test against")
    let within = try Comparison(base: base, candidate: run([("a", [124, 124, 124])]))
    #expect(within.regressions.isEmpty && within.lines.map(\.change) == [.small])
    #expect(try Comparison(base: base, candidate: base).lines.map(\.change) == [.same])
    let better = try Comparison(base: base, candidate: run([("a", [70, 70, 70])]))
    #expect(better.lines.map(\.change) == [.improvement])
  }

  @Test func aSingleAttemptAccusesNobodyForSure() throws {
    let found = try Comparison(base: run([("a", [100])]), candidate: run([("a", [200])]))
    #expect(found.regressions.isEmpty && found.suspects.count == 1)
  }

  @Test func noiseIsNoSuspicionButIsTold() throws {
    let base = run([("a", [100, 180, 110, 190, 120, 200, 130, 210])])
    let found = try Comparison(
      base: base, candidate: run([("a", [205, 105, 215, 195, 125, 185, 115, 220])]))
    #expect(found.suspects.isEmpty && found.regressions.isEmpty)
    #expect(found.lines.map(\.change) == [.none])
    #expect(found.blind.count == 1, "a regression could hide in it")
    let clear = run([("a", [100, 101, 102, 100, 101, 102, 100, 101])])
    #expect(try Comparison(base: clear, candidate: clear).blind.isEmpty)
  }

  @Test func growthFromNothingIsBeyondEveryThreshold() throws {
    let found = try Comparison(base: run([("a", [0, 0])]), candidate: run([("a", [1, 1])]))
    #expect(found.regressions.count == 1 && found.regressions.first?.shift == nil)
    #expect(
      try Comparison(base: run([("a", [0, 0])]), candidate: run([("a", [0, 0])]))
        .lines.map(\.change) == [.same])
  }

  @Test func timeIsAdvice() throws {
    func timed(_ factor: Double) -> Baseline {
      run(
        (0..<10).map {
          var sample = attempt("a", repeat: $0, memory: 100)
          sample.clientWallMs = factor * Double(100 + $0)
          return sample
        })
    }
    let found = try Comparison(base: timed(1), candidate: timed(3))
    #expect(found.regressions.isEmpty && found.suspects.isEmpty)
    #expect(found.advice.map(\.figure) == ["client_wall_ms"])
  }

  @Test func failuresWrongRowsAndMissingCellsAreFaults() throws {
    let base = run([("a", [100, 100]), ("b", [100, 100]), ("c", [100, 100])])
    var samples = (0..<2).map { attempt("a", repeat: $0, memory: 100) }
    samples += (0..<2).map { attempt("b", repeat: $0, memory: 100) }
    samples[1].status = .failed
    samples[2].status = .wrongRows
    let candidate = run(samples)
    let found = try Comparison(base: base, candidate: candidate)
    #expect(
      found.faults.map { "\($0.place.text): \($0.finding)" } == [
        "a at 1d (fresh): 1 of 2 attempts failed, in the base 0 of 2",
        "b at 1d (fresh): wrong rows, correct in the base",
        "c at 1d (fresh): missing in the candidate",
      ])
    #expect(try Comparison(base: base, candidate: candidate, commonOnly: true).faults.count == 2)
    #expect(try Comparison(base: candidate, candidate: candidate).faults.isEmpty)
  }

  @Test func aSecondLookClearsOrConfirms() throws {
    let base = run([("a", [100, 100]), ("b", [100, 100])])
    let first = try Comparison(
      base: base, candidate: run([("a", [200, 200]), ("b", [200, 200])]))
    let second = try Comparison(
      base: base, candidate: run([("a", [201, 201]), ("b", [100, 100])]))
    let sure = first.confirmed(by: second)
    #expect(sure.regressions.map(\.place.subject) == ["a"])
    #expect(sure.cleared.map(\.place.subject) == ["b"])
    let lost = try Comparison(base: base, candidate: run([("a", [200, 200])]))
    #expect(first.confirmed(by: lost).faults.count == 1, "what cannot be repeated is no acquittal")
  }

  // MARK: Comparability

  @Test func whatCannotBeComparedIsSaid() throws {
    let base = run([("a", [100, 100])])
    func reason(_ change: (inout Baseline) -> Void) -> String {
      var candidate = base
      change(&candidate)
      do { _ = try Comparison(base: base, candidate: candidate) } catch { return "\(error)" }
      return "nothing"
    }
    #expect(reason { $0.manifest.complete = false }.contains("resume it with: exportbench run --"))
    #expect(reason { $0.manifest.dataset.text = "x" }.contains("measure both with one dataset"))
    #expect(reason { $0.manifest.dataset.rows = 1 }.contains("the generator has changed"))
    #expect(reason { $0.manifest.dataset.text += "\n# A comment." } == "nothing")
    #expect(reason { $0.groups[0].place.subject = "z" }.contains("have no common cell"))
    #expect(reason { $0.manifest.engine.version = "26.1" } == "nothing")
  }

  @Test func whatDiffersIsTold() throws {
    let base = run([("a", [100, 100])])
    var candidate = base
    candidate.manifest.engine.version = "26.1"
    candidate.manifest.machine.cores = 64
    candidate.manifest.settings = ["a": ["max_threads": "9"]]
    candidate.manifest.paths[0] = Manifest.Path(
      name: base.manifest.paths[0].name, sql: "SELECT 2")
    candidate.manifest.ddl = ["t": "CREATE TABLE exportbench_y.t (b String)"]
    let notes = try Comparison(base: base, candidate: candidate).notes.joined(separator: "\n")
    for part in [
      "ClickHouse is 26.1", "64 cores", "max_threads of a is 9", "the SQL of a has changed",
      "the definition of t has changed",
    ] { #expect(notes.contains(part)) }
    candidate = base
    candidate.manifest.ddl["t"] = "CREATE TABLE exportbench_y.t (a String)"
    #expect(try Comparison(base: base, candidate: candidate).notes.isEmpty, "only the database")
  }

  // MARK: Thresholds

  @Test func thresholdsAreLearntPerFigureAndBenchmark() throws {
    let runs = [100.0, 104, 110].map { run([("a", [$0, $0])]) }
    let learnt = try Thresholds(runs: runs)
    let memory = try #require(learnt.measured.first { $0.figure == "memory_peak_bytes" })
    #expect(abs(memory.largest - 0.1) < 1e-9 && abs(memory.threshold - 0.15) < 0.0011)
    #expect(memory.comparisons == 3 && memory.runs == 3)
    func value(_ benchmark: String, elsewhere: Bool = false) -> Double {
      learnt.value("memory_peak_bytes", .export, benchmark: benchmark, elsewhere: elsewhere)
    }
    #expect(value("tiny") == memory.threshold)
    #expect(value("tiny", elsewhere: true) == 0.25, "another machine is not known")
    #expect(value("other") == 0.25)
    let file = CSV.document(learnt.measured)
    #expect(try CSV.parse(Threshold.self, Array(file.utf8), file: "t").records == learnt.measured)
    #expect(throws: RecordError.self) { try Thresholds(runs: Array(runs.prefix(2))) }
  }

  @Test func aBaselineIsReadBackAsItWas() throws {
    let base = run([("a", [100, 101.5]), ("b", [3])])
    #expect(try Baseline(json: Array(try base.json().utf8), file: "b.json") == base)
    let broken = #expect(throws: RecordError.self) {
      try Baseline(json: Array("{}".utf8), file: "b.json")
    }
    #expect(broken?.description.contains("b.json is not a baseline file; write one with") == true)
  }

  // MARK: Runs

  /// Paths p0 to p11; their levels differ by `between` from run to run, attempts by 5 %.
  private func simulated(
    _ random: inout TestRandom, repeats: Int, between: Double = 0, worse: [String: Double] = [:]
  ) -> Baseline {
    run(
      (0..<12).map { path in
        let name = "p\(path)"
        let level = 1e9 * exponential(between * random.normal()) * (worse[name] ?? 1)
        return (name, (0..<repeats).map { _ in level * exponential(0.05 * random.normal()) })
      })
  }

  /// Found by mutated baselines: a number of parts that no integer holds, and a machine's memory
  /// that is far from another's.
  @Test func absurdNumbersOfAFileAreASentence() throws {
    var base = run([("a", [100, 100, 100])])
    base.manifest.machine.memoryBytes = .min
    var storage = base.groups[0]
    storage.place.scope = .storage
    storage.figures = [.init(figure: "parts", title: "parts", values: [1e300])]
    base.groups.append(storage)
    var candidate = base
    candidate.manifest.machine.memoryBytes = .max
    candidate.groups[1].figures[0].values = [4]
    let error = try #require(throws: RecordError.self) {
      try Comparison(base: base, candidate: candidate)
    }
    #expect(error.description.contains("the a has 1e+300 parts in run and 4 in run"))
  }

  private func run(_ paths: [(String, [Double])]) -> Baseline {
    run(
      paths.flatMap { path, values in
        values.enumerated().map { attempt(path, repeat: $0, memory: $1) }
      })
  }

  private func run(_ samples: [Sample]) -> Baseline {
    var manifest = Manifest(
      toolVersion: "1", run: "run", startedAt: "2026-01-02T03:04:05Z", seed: 1,
      benchmark: .init(file: "Benchmarks/tiny.yaml", text: ""),
      dataset: .init(file: "d.yaml", text: "d", rows: 10, unique: 5, duplicates: 5),
      engine: .init(kind: "embedded", version: "25.8", url: "", source: ""),
      machine: .init(cpu: "c", cores: 2, memoryBytes: 1, kernel: "k", os: "o"),
      paths: [.init(name: "a", sql: "SELECT 1")], baseline: "a", mergeStates: ["fresh"])
    manifest.complete = true
    manifest.ddl = ["t": "CREATE TABLE exportbench_x.t (a String)"]
    return Baseline(manifest: manifest, records: Records(samples))
  }
}
