// Runs whose files lack something, and baselines and sweeps with impossible values: each is refused
// with the file and a remedy, wherever a run is read. The committed runs are whole, and raw.

import Analysis
import Foundation
import RunStore
import TestSupport
import Testing

@Suite struct DamagedRunTests {
  private let scratch = Scratch()
  private static let reference = "\(packageFolder)/results/reference"

  private func sentence(_ work: () throws -> Void) -> String {
    do {
      try work()
      return "no error"
    } catch { return "\(error)" }
  }

  /// A copy of a recorded run, as old (without counts) or as this version writes it.
  private func copy(_ run: String, counted: Bool) throws -> String {
    let path = scratch.path("\(run)-\(counted)-\(Int.random(in: 0...999_999_999))")
    try FileManager.default.copyItem(atPath: "\(fixtures)/\(run)", toPath: path)
    guard counted else { return path }
    let recorded = try RecordedRun(reading: path)
    var manifest = recorded.manifest
    manifest.records = recorded.records.counts
    try Data(manifest.json().utf8).write(to: URL(fileURLWithPath: "\(path)/manifest.json"))
    return path
  }

  private func change(_ file: String, _ change: (inout [String]) -> Void) throws {
    var lines = try #require(textOfFile(file)).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
    change(&lines)
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: file))
  }

  @Test func referenceRunsAreWhole() throws {
    for name in namesInFolder(Self.reference) {
      let path = "\(Self.reference)/\(name)"
      for run in try SweepFolder.isThere(path)
        ? SweepFolder.members(of: path).map(\.path) : [path]
      where exists("\(run)/manifest.json") {
        #expect(throws: Never.self) { try RecordedRun(reading: run) }
      }
    }
  }

  /// What can be recomputed is not committed, but for one rendered report. The text files are the
  /// output of `verify` and `backfill`, which the pages cite.
  @Test func referenceRunsHoldRecordsOnly() throws {
    let raw = Set(
      Experiments.kinds.flatMap { [$0.fileName, $0.fileName(inSchema: 1)] } + [
        "manifest.json", "sweep.json",
      ])
    let others: Set = [
      "gate-25.8.json", "thresholds.csv", "claim-25.8/report.html", "claim-25.8/report.md",
      "backfill-25.8/report.txt", "calibration/table.txt", "verify-25.8/report.txt",
      "verify-25.8/drift.txt",
    ]
    let walk = try #require(FileManager.default.enumerator(atPath: Self.reference))
    for case let name as String in walk {
      guard walk.fileAttributes?[.type] as? FileAttributeType == .typeRegular else { continue }
      let file = URL(fileURLWithPath: name).lastPathComponent
      #expect(raw.contains(file) || others.contains(name), "results/reference/\(name)")
    }
  }

  private static let damages: [(what: String, change: @Sendable (inout [String]) -> Void)] = [
    (
      "a record is missing at the end",
      {
        $0.removeLast(2); $0.append("")
      }
    ),
    ("a record is missing in the middle", { $0.remove(at: $0.count / 2) }),
    ("all records are missing", { $0.removeSubrange(1..<($0.count - 1)) }),
    ("the file is empty", { $0 = [""] }),
    (
      "the last line is cut",
      {
        $0.removeLast(); $0[$0.count - 1].removeLast(3)
      }
    ),
    ("a stray quote begins a line", { $0[2] = "\"" + $0[2] }),
    ("a stray quote is in a line", { $0[2] += "\"" }),
    ("a line is doubled", { $0.insert($0[2], at: 2) }),
    ("a column is missing", { $0[0].removeFirst(2) }),
    ("a byte is 0", { $0[2] += "\0" }),
  ]

  @Test func everyDamageOfACountedRunIsFound() throws {
    for run in ["claim", "frontier", "writes", "load"] {
      let path = try copy(run, counted: true)
      for name in Experiments.kinds.map({ $0.fileName(inSchema: 1) })
      where exists("\(path)/\(name)") {
        let file = "\(path)/\(name)"
        let whole = try #require(FileManager.default.contents(atPath: file))
        defer { try? whole.write(to: URL(fileURLWithPath: file)) }
        for (what, damage) in Self.damages {
          try whole.write(to: URL(fileURLWithPath: file))
          try change(file, damage)
          for words in [
            sentence { _ = try RecordedRun(reading: path) },
            sentence { _ = try RunFolder(resuming: path) },
          ] {
            #expect(words.contains(name), "\(run): \(what): \(words)")
          }
        }
        try FileManager.default.removeItem(atPath: file)
        #expect(
          sentence { _ = try RecordedRun(reading: path) }.hasPrefix("\(file) is damaged: "))
      }
    }
  }

  @Test func anOldRunIsCheckedAgainstItself() throws {
    let path = try copy("claim", counted: false)
    for (file, words) in [
      ("samples.csv", "samples.csv is damaged"),
      ("verification.csv", "verification.csv is damaged"),
      ("storage.csv", "storage.csv is damaged"),
    ] {
      let whole = try #require(FileManager.default.contents(atPath: "\(path)/\(file)"))
      try FileManager.default.removeItem(atPath: "\(path)/\(file)")
      #expect(sentence { _ = try RecordedRun(reading: path) }.contains(words))
      try whole.write(to: URL(fileURLWithPath: "\(path)/\(file)"))
    }
    // Cut after a whole pair, and so that every path was tried as often as the others.
    try change("\(path)/samples.csv") { $0 = $0.prefix(59) + [""] }
    #expect(sentence { _ = try RecordedRun(reading: path) }.contains("it lacks an attempt of"))
  }

  @Test func aRunThatWasKilledHasMoreThanItsManifestCounts() throws {
    let path = try copy("claim", counted: true)
    try change("\(path)/manifest.json") { lines in
      lines = lines.map {
        $0.replacing("\"complete\" : true", with: "\"complete\" : false")
          .replacing("\"samples.csv\" : 70", with: "\"samples.csv\" : 68")
      }
    }
    #expect(throws: Never.self) { try RecordedRun(reading: path) }
    try change("\(path)/samples.csv") { $0 = $0.prefix(69) + ["69,measured,fr"] }
    #expect(try RecordedRun(reading: path).records.samples.count == 68)
    try change("\(path)/samples.csv") { $0 = $0.prefix(68) + [""] }
    #expect(
      sentence { _ = try RecordedRun(reading: path) }.contains(
        "samples.csv is damaged: it has 67 records, and manifest.json counts 68"))
  }

  @Test func numbersAreInRange() throws {
    let path = try copy("claim", counted: false)
    let manifest = try #require(textOfFile("\(path)/manifest.json"))
    for (was, becomes, words) in [
      ("\"schema_version\" : 1", "\"schema_version\" : 0", "has schema version 0"),
      ("\"schema_version\" : 1", "\"schema_version\" : -1", "has schema version -1"),
      (
        "\"schema_version\" : 1", "\"schema_version\" : 3",
        "use the exportbench version that wrote "
          + "it"
      ),
      ("\"cores\" : 2", "\"cores\" : -2", "the value of 'machine.cores' is out of range"),
    ] {
      #expect(manifest.contains(was))
      try Data(manifest.replacing(was, with: becomes).utf8).write(
        to: URL(fileURLWithPath: "\(path)/manifest.json"))
      #expect(sentence { _ = try RecordedRun(reading: path) }.contains(words))
    }
    try Data(manifest.utf8).write(to: URL(fileURLWithPath: "\(path)/manifest.json"))
    try change("\(path)/samples.csv") { $0[1].replace(",604800000,", with: ",-604800000,") }
    #expect(
      sentence { _ = try RecordedRun(reading: path) }
        == "\(path)/samples.csv, line 2: '-604800000' is no value for window_ms, which is from 1 "
        + "to 1000000000000000")
  }

  @Test func baselinesAndSweepsAreChecked() throws {
    let run = try RecordedRun(reading: "\(fixtures)/claim")
    let text = try Baseline(manifest: run.manifest, records: run.records).json()
    func refusal(_ was: String, _ becomes: String) -> String {
      let changed = text.replacing(was, with: becomes)
      #expect(changed != text)
      return sentence { _ = try Baseline(json: Array(changed.utf8), file: "b.json") }
    }
    #expect(refusal("\"schema_version\" : 1", "\"schema_version\" : 0").contains("version 0"))
    #expect(refusal("\"tried\" : ", "\"tried\" : -").contains("'groups.0'"))
    #expect(
      sentence {
        _ = try SweepManifest(
          json: Array(
            (textOfFile("\(fixtures)/versions/sweep.json") ?? "")
              .replacing("\"name\" : \"24.8\"", with: "\"name\" : \"../24.8\"").utf8),
          file: "sweep.json")
      }.contains("names of folders"))
  }
}
