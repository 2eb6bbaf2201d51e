// Names of schema version 1: each is read, and none is written.

@testable import BenchmarkSpec
import Foundation
import Testing
import Units
@testable import Analysis
@testable import CSVRecords
@testable import RunStore

@Suite struct FormerNameTests {
  /// Former names by file and column.
  private static let former: [String: [String: String]] = [
    "samples.csv": ["period": "phase"],
    "inserts.csv": ["view_input_rows": "view_handed_rows"],
    "requests.csv": [
      "period": "part", "scheduled_ms": "intended_ms", "started_ms": "began_ms",
    ],
    "phases.csv": [
      "stream_mix": "traffic", "outcome": "ending", "unexpected_ids": "strange_ids",
      "uncertain_present_ids": "uncertain_found_ids", "audit_error": "balance_error",
    ],
    "latency.csv": ["lower_bounds": "floors"],
    "stages.csv": ["added": "share", "added_low": "share_low", "added_high": "share_high"],
    "crossovers.csv": ["crossing": "passage"],
  ]
  private static let kinds: [(file: String, kind: any Recorded.Type)] =
    Experiments.kinds.map { ($0.fileName, $0 as any Recorded.Type) } + [
      ("summary.csv", SummaryRow.self), ("latency.csv", LatencyRow.self),
      ("stages.csv", StageRow.self), ("crossovers.csv", Crossover.self),
    ]
  private static var fixtures: String {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
    return tests.appendingPathComponent("Fixtures").path
  }

  @Test func everyRenamedColumnIsReadUnderItsFormerName() throws {
    for (file, kind) in Self.kinds { try expectFormerNames(file, kind) }
  }

  private func expectFormerNames<Record: Recorded>(_ file: String, _ kind: Record.Type) throws {
    let former = Self.former[file] ?? [:]
    let known = kind.columns.compactMap { column in column.formerName.map { (column.name, $0) } }
    #expect(Dictionary(uniqueKeysWithValues: known) == former, "\(file)")
    // A record with a value in every column, so that a value in another column would show.
    let texts = ["7", "measured", "both", "interrupted", "falls", "adds", "bytes"]
    var record = kind.init()
    for column in kind.columns {
      _ = texts.first { column.decode(&record, $0) == .taken }
    }
    let names = kind.columns.map { former[$0.name] ?? $0.name }
    let text = names.joined(separator: ",") + "\n" + CSV.line(record)
    let parsed = try CSV.parse(kind, Array(text.utf8), file: file)
    #expect(parsed.records.map(CSV.line) == [CSV.line(record)], "\(file)")
    #expect(parsed.headerIsCurrent == former.isEmpty)
    guard let (name, old) = former.first else { return }
    let twice = "\(name),\(old)\n"
    let error = #expect(throws: RecordError.self) {
      try CSV.parse(kind, Array(twice.utf8), file: file)
    }
    #expect(error?.description == "\(file), line 1: the column \(name) appears twice")
  }

  @Test func recordedRunsOfVersion1GiveTheSameRecords() throws {
    for (run, kind) in [
      ("claim", Sample.self), ("writes", InsertSample.self), ("load", RequestSample.self),
      ("load", PhaseSample.self), ("frontier", MemoryLimitProbe.self),
    ] as [(String, any Filed.Type)] {
      try expectSame(run, kind)
    }
  }

  /// Each field of the file is what the record of its line has in the column of that name.
  private func expectSame<Record: Filed>(_ run: String, _ kind: Record.Type) throws {
    let folder = "\(Self.fixtures)/\(run)"
    let recorded = try RecordedRun(reading: folder)
    #expect(recorded.manifest.schemaVersion == 1)
    let records = recorded.records[kind]
    let text = try String(
      contentsOfFile: "\(folder)/\(kind.fileName(inSchema: 1))", encoding: .utf8)
    let lines = text.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(records.count == lines.count - 1 && !records.isEmpty)
    for (place, name) in lines[0].enumerated() {
      let name = String(name)
      let column = try #require(
        kind.columns.first { $0.name == name } ?? kind.columns.first { $0.formerName == name })
      for (record, fields) in zip(records, lines.dropFirst()) where fields.count == lines[0].count {
        #expect(column.encode(record) == fields[place], "\(kind.fileName) \(name)")
      }
    }
    // What is written again has the current names alone.
    let header = CSV.header(kind)
    for former in kind.columns.compactMap(\.formerName) {
      #expect(!header.split(whereSeparator: { ",\n".contains($0) }).contains { $0 == former })
    }
  }

  @Test func everyRenamedKeyOfTheManifestIsRead() throws {
    func manifest(_ run: String) throws -> (manifest: Manifest, text: String) {
      let bytes = try Data(
        contentsOf: URL(fileURLWithPath: "\(Self.fixtures)/\(run)/manifest.json"))
      return (try Manifest(json: Array(bytes), file: run), String(decoding: bytes, as: UTF8.self))
    }
    let load = try manifest("load")
    let question = try #require(load.manifest.loadTest)
    #expect(load.text.contains("\"traffic\" : {") && load.text.contains("\"pacing\" : {"))
    #expect(question.ingest?.arrivals.schedule == .poisson && question.ingest?.arrivals.rate == 20)
    #expect(question.exports.map(\.arrivals.schedule) == [.constant, .constant])
    let limits = try #require(try manifest("frontier").manifest.memoryLimits)
    #expect(limits.confirmations > 0 && !limits.limitsBytes.isEmpty)

    // Keys that no fixture has: those of today, under their former names.
    var current = load.manifest
    current.driver = DriverShard(2, of: 3)
    current.dataset.existingTables = .init(database: "d", project: "p", endMs: 5)
    current.loadTest?.thresholds = [LoadTestThreshold(.errors, during: .exports, atMost: 0)]
    let text = try current.json()
    var old = text
    for (name, former) in [
      ("driver", "part"), ("existing_tables", "found"), ("load_test", "traffic"),
      ("stream_mix", "traffic"), ("arrivals", "pacing"),
    ] {
      #expect(text.contains("\"\(name)\" : ") && !text.contains("\"\(former)\" : "), "\(name)")
      old = old.replacing("\"\(name)\" : ", with: "\"\(former)\" : ")
    }
    #expect(try Manifest(json: Array(old.utf8), file: "old") == current)
    #expect(try Manifest(json: Array(text.utf8), file: "new") == current)
  }

  @Test func aClaimOnARenamedFigureIsJudged() throws {
    let renamed = InsertSample.columns.filter { $0.formerName != nil && $0.figure != nil }
    let names = renamed.map { ($0.formerName ?? "", $0.name) }
    #expect(Dictionary(uniqueKeysWithValues: names) == FigureCatalogue.formerNames)
    let url = URL(fileURLWithPath: "\(Self.fixtures)/writes/manifest.json")
    var manifest = try Manifest(json: Array(try Data(contentsOf: url)), file: "m")
    let claim = Claim(
      name: "c", statement: "s", ratio: .insert(figure: "view_handed_rows"), atMost: 1)
    manifest.claims = [claim]
    let read = try Manifest(json: Array(try manifest.json().utf8), file: "m")
    #expect(read.claims.map(\.ratio) == [.insert(figure: "view_input_rows")])
  }

  @Test func formerValuesAreRead() {
    #expect(BackfillStep(csvText: "mend") == .repair && BackfillStep.repair.csvText == "repair")
    #expect(SummaryScope.memoryLimit.csvText == "memory_limits")
  }

  @Test func anUnfinishedRunOfVersion1IsResumedByItsOwnVersion() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("former-\(Int.random(in: 0...999_999_999))").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.copyItem(atPath: "\(Self.fixtures)/frontier", toPath: folder)
    let file = "\(folder)/manifest.json"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    #expect(throws: Never.self) { try RunFolder(resuming: folder) }
    try text.replacing("\"complete\" : true", with: "\"complete\" : false")
      .write(toFile: file, atomically: true, encoding: .utf8)
    let error = #expect(throws: (any Error).self) { try RunFolder(resuming: folder) }
    #expect(
      error.map { "\($0)" }?.contains("resume the run with the version that started it") == true)
    #expect(throws: Never.self) { try RecordedRun(reading: folder) }
  }
}
