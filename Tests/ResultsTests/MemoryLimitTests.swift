// From rows of frontier.csv to the next probe, and to what is said of limits and windows.

import Testing
@testable import Analysis
@testable import BenchmarkSpec
@testable import RunStore
@testable import Units

@Suite struct MemoryLimitTests {
  static let hour = 3_600_000
  static let mebibyte = 1 << 20

  private func question(_ limits: [Int] = []) -> MemoryLimitQuestion {
    var question = MemoryLimitQuestion()
    question.limitsBytes = limits
    return question
  }

  private func frontier(_ question: MemoryLimitQuestion) -> MemoryLimitSearch {
    MemoryLimitSearch(
      question, paths: ["limit-by", "mv-final"],
      windows: [24, 6].map { TimeSpan(milliseconds: $0 * Self.hour) }, spanMs: 100 * Self.hour)
  }

  /// What a path needs for a window: proportional to its hours, and the view half as much.
  private func need(_ probe: MemoryLimitProbe) -> Int {
    probe.windowMs / Self.hour * (probe.path == "mv-final" ? 5 : 10) * Self.mebibyte
  }

  private func made(_ probe: MemoryLimitProbe) -> MemoryLimitProbe {
    var probe = probe
    probe.status = probe.limitBytes >= need(probe) ? .finished : .refused
    probe.expectedRows = probe.windowMs / Self.hour
    if probe.status == .refused { (probe.errorCode, probe.errorName) = (241, "MEMORY") }
    probe.spilledBytes = 7
    return probe
  }

  private func run(_ frontier: MemoryLimitSearch, _ records: inout Records) {
    while let next = frontier.next(in: "fresh", after: records), records.memoryLimits.count < 500 {
      records.memoryLimits.append(made(next))
    }
  }

  private func manifest(_ question: MemoryLimitQuestion) -> Manifest {
    var manifest = Manifest(
      toolVersion: "1", run: "r", startedAt: "", seed: 1, benchmark: .init(file: "", text: ""),
      dataset: .init(file: "", text: "", rows: 1, unique: 1, duplicates: 0),
      engine: .init(kind: "embedded", version: "", url: "", source: ""),
      machine: .init(cpu: "", cores: 1, memoryBytes: 1, kernel: "", os: ""),
      paths: [.init(name: "limit-by", sql: ""), .init(name: "mv-final", sql: "")],
      baseline: "limit-by", mergeStates: ["fresh"])
    manifest.memoryLimits = question
    manifest.dataset.spanMs = 100 * Self.hour
    return manifest
  }

  @Test func limitsAndWindowsAreFound() throws {
    let question = question([100 * Self.mebibyte, 2000 * Self.mebibyte])
    var records = Records()
    run(frontier(question), &records)
    #expect(records.memoryLimits.map(\.probe) == Array(1...records.memoryLimits.count))
    let findings = try Findings(manifest: manifest(question), records: records)
    #expect(findings.memoryLimits.count == 2 * 2 + 2 * 2)
    #expect(findings.memoryLimits.allSatisfy { $0.edge.ending == .found && $0.spilledBytes == 7 })
    let limits = findings.memoryLimits.filter { $0.search == .leastLimit }
    #expect(
      limits.map { "\($0.window!) \($0.path)" }
        == ["6h limit-by", "6h mv-final", "1d limit-by", "1d mv-final"])
    for (limit, needed) in zip(limits, [60, 30, 240, 120]) {
      let found = try #require(limit.found)
      #expect(found >= needed * Self.mebibyte && found <= needed * Self.mebibyte * 21 / 20)
      #expect(limit.edge.refused ?? 0 < needed * Self.mebibyte)
    }
    #expect(limits[0].ratio == nil && abs((limits[1].ratio ?? 0) - 0.5) < 0.05)
    let windows = findings.memoryLimits.filter { $0.search == .largestWindow }
    #expect(windows.map { ($0.found ?? 0) / Self.hour } == [10, 20, 100, 100])
    #expect(windows.map(\.rows) == [10, 20, 100, 100])
    #expect(windows[3].edge.refused == nil, "all of the data fits")
  }

  @Test func summaryHasBothEndsOfEachBracket() throws {
    let question = question([100 * Self.mebibyte])
    var records = Records()
    run(frontier(question), &records)
    let rows = try Findings(manifest: manifest(question), records: records).summary.rows
      .filter { $0.scope == .memoryLimit }
    #expect(
      Set(rows.map(\.figure)) == [
        "least_limit_bytes", "refused_limit_bytes", "largest_window_ms", "refused_window_ms",
      ])
    let window = rows.first { $0.figure == "largest_window_ms" && $0.subject.hasPrefix("mv") }
    #expect(window?.subject == "mv-final in 100 MiB" && window?.median == Double(20 * Self.hour))
    #expect(rows.contains { $0.subject == "mv-final/limit-by" && $0.window == "6h" })
    #expect(rows.allSatisfy { $0.interval == nil && $0.p == nil }, "a bracket is no interval")
  }

  @Test func pathsStandSideBySide() {
    var records = Records()
    for _ in 0..<8 {
      guard let next = frontier(question()).next(in: "fresh", after: records) else { break }
      records.memoryLimits.append(made(next))
    }
    let first = records.memoryLimits.prefix(4).map { "\($0.window) \($0.path)" }
    #expect(first == ["6h limit-by", "6h mv-final", "1d limit-by", "1d mv-final"])
    #expect(records.memoryLimits.suffix(4).map { "\($0.window) \($0.path)" } == first)
  }

  @Test func aMeasuredPeakIsTheFirstGuess() {
    var records = Records()
    for (number, peak) in [90, 100, 130].enumerated() {
      var sample = Sample()
      (sample.mergeState, sample.path, sample.windowMs) = ("fresh", "limit-by", 6 * Self.hour)
      (sample.repeat, sample.memoryPeakBytes) = (number + 1, peak * Self.mebibyte)
      records.samples.append(sample)
    }
    #expect(
      frontier(question()).next(in: "fresh", after: records)?.limitBytes == 100 * Self.mebibyte)
    #expect(
      frontier(question()).next(in: "merged", after: records)?.limitBytes == 64 * Self.mebibyte,
      "what was measured in another state says nothing")
  }

  @Test func oneFailureEndsItsOwnSearchOnly() throws {
    var records = Records()
    while let next = frontier(question()).next(in: "fresh", after: records) {
      var probe = made(next)
      if probe.path == "mv-final" && probe.window == "1d" && probe.status == .finished {
        (probe.status, probe.resultRows) = (.wrongRows, 7)
      }
      records.memoryLimits.append(probe)
    }
    let findings = try Findings(manifest: manifest(question()), records: records)
    #expect(findings.memoryLimits.map(\.edge.ending) == [.found, .found, .found, .failed])
    #expect(findings.memoryLimits.last?.failure == "wrong rows: 7 instead of 24")
    #expect(findings.memoryLimits.last?.ratio == nil && findings.memoryLimits.last?.found == nil)
  }

  @Test func anAttemptBecomesAProbe() {
    func probe(_ status: Status, _ code: Int?, _ message: String?) -> MemoryLimitProbe {
      var sample = Sample()
      (sample.status, sample.errorCode, sample.errorMessage) = (status, code, message)
      (sample.queryID, sample.spilledBytes) = ("q", 5)
      var probe = MemoryLimitProbe()
      probe.end(with: sample)
      return probe
    }
    let cases: [(Status, Int?, String?, ProbeStatus, isVoid: Bool)] = [
      (.ok, nil, nil, .finished, false), (.wrongRows, nil, nil, .wrongRows, false),
      (.failed, 241, "Query memory limit exceeded: would use 9 MiB", .refused, false),
      (.failed, 241, "(for query) Memory limit exceeded", .refused, false),
      (.failed, 241, "(total) memory limit exceeded: would use 9 MiB", .failed, false),
      (.failed, 241, "User memory limit exceeded: would use 9 MiB", .failed, false),
      (.failed, 160, "Estimated query execution time is too long", .failed, false),
      (.failed, nil, "the connection was reset", .failed, true),
    ]
    for (status, code, message, expected, isVoid) in cases {
      let probe = probe(status, code, message)
      #expect(probe.status == expected && probe.isVoid == isVoid, "\(message ?? "")")
      #expect(probe.queryID == "q" && probe.spilledBytes == 5)
      #expect((probe.failure != nil) == ([.failed, .wrongRows].contains(expected) && !isVoid))
    }
  }

  @Test func aRunOfAnOlderVersionHasNoFrontier() throws {
    var old = manifest(question())
    old.memoryLimits = nil
    var records = Records()
    run(frontier(question()), &records)
    #expect(try Findings(manifest: old, records: records).memoryLimits.isEmpty)
  }
}
