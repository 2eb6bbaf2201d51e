// Which versions of ClickHouse have which defect, and what exports set because of it.

import Testing
@testable import BenchmarkSpec
@testable import ClickHouseClient
@testable import Doctor
@testable import ExportPaths
@testable import Units
@testable import WindowExports
@testable import Workspace

private func madeUpPath(_ body: String) throws -> ExportPath {
  let head = "-- idea: a\n-- keeps in memory: b\n-- gets wrong: c\n-- reads: observations\n"
  return try ExportPath(name: "made-up", text: head + body)
}

@Suite struct ServerDefectTests {
  private static let index = "output_format_parquet_write_page_index"

  /// Versions that were tried or are named by the fix's back-ports.
  static let versions: [(version: String, hidesPages: Bool)] = [
    ("24.3.1.1", false), ("24.8.4.1", false), ("24.10.1.1", true), ("25.5.2.1", true),
    ("25.8.2.1", true), ("25.8.22.28", true), ("25.8.23.11", false), ("25.9.1.1", true),
    ("25.12.99.1", true), ("26.1.2.1", true), ("26.1.12.22", false), ("26.2.16.1", true),
    ("26.2.17.27", false), ("26.3.9.1", true), ("26.3.10.46", false), ("26.4.1.1123", false),
    ("26.5.1.1", false), ("26.9.2.1", false), ("27.1.1.1", false),
  ]

  @Test(arguments: versions) func pageIndex(version: String, hidesPages: Bool) throws {
    let version = try #require(ServerVersion(parsing: version))
    #expect(ServerDefect.pageIndex.affects(version) == hidesPages)
    // Whatever the profile, and whether or not the export is measured.
    for profile in try Catalogue.profiles() + [nil] {
      for path in try Catalogue.paths() {
        let isLean = profile?.name.hasPrefix("lean") == true
        let off = isLean && version >= ServerVersion(24, 8)
        let expected = hidesPages || off ? "0" : nil
        #expect(path.settings(under: profile, on: version)[Self.index] == expected)
        let measured = path.measuredSettings(under: profile, on: version, own: [:])
        #expect(measured[Self.index] == expected)
      }
    }
    #expect(ServerDefect.workarounds(on: version) == (hidesPages ? [Self.index: "0"] : [:]))
  }

  static let others: [(version: String, names: [String])] = [
    ("24.8.4.1", ["Parquet statistics of Decimal"]),
    ("25.5.2.1", ["Parquet page index", "Parquet statistics of Decimal"]),
    (
      "25.7.1.1",
      [
        "Parquet page index", "Parquet statistics of Decimal", "query condition cache, subqueries",
        "query condition cache, lightweight updates",
      ]
    ),
    ("25.8.2.1", ["Parquet page index", "query condition cache, lightweight updates"]),
    ("25.8.17.11", ["Parquet page index"]), ("25.8.23.11", []),
    ("25.10.9.1", ["Parquet page index", "query condition cache, lightweight updates"]),
    ("25.11.1.3625", ["Parquet page index"]), ("26.9.2.1", []),
  ]

  @Test(arguments: others) func defectsOfAVersion(version: String, names: [String]) throws {
    let version = try #require(ServerVersion(parsing: version))
    #expect(ServerDefect.all(of: version).map(\.name) == names)
    #expect(ServerDefect.notes(on: version).count == names.count)
    let told = ServerExamination.defects(of: version)
    #expect(told.count == names.count && told.allSatisfy { $0.weight == .caution })
  }

  @Test func aDefectIsToldWithItsVersionsAndItsSource() throws {
    let note = try #require(ServerDefect.notes(on: ServerVersion(25, 8, 2)).first)
    #expect(note.hasPrefix("ClickHouse 25.8.2 has a known defect: the page index of a Parquet"))
    #expect(
      note.hasSuffix(
        ", or update: fixed in 25.8.23, 26.1.12, 26.2.17, 26.3.10, 26.4 and newer (ClickHouse pull "
          + "request 103334)"))
  }

  @Test func aPathThatTurnsTheIndexOnIsWarnedOf() throws {
    let (old, new) = (ServerVersion(25, 8, 2), ServerVersion(25, 8, 23))
    let on = try madeUpPath("SET \(Self.index) = 1;\nSELECT 1")
    #expect(on.settings(under: nil, on: old)[Self.index] == "1", "a path's own file counts more")
    #expect(
      on.defectNotes(on: old).first?.hasPrefix(
        "the path made-up runs with \(Self.index) = 1, and on ClickHouse 25.8.2 the page index")
        == true)
    #expect(on.defectNotes(on: new).isEmpty)
    let plain = try madeUpPath("SELECT 1")
    #expect(plain.defectNotes(on: old).isEmpty)
    #expect(plain.defectNotes(on: old, own: [Self.index: "1"]).count == 1)
    #expect(on.defectNotes(on: old, own: [Self.index: "0"]).isEmpty, "a benchmark's count more")
  }
}

@Suite struct UntrackedMemoryTests {
  private static let name = "max_untracked_memory"
  private let version = ServerVersion(25, 8, 2)

  @Test func everyMeasuredExportAndInsertCountsFinely() throws {
    for profile in try Catalogue.profiles() + [nil] {
      for path in try Catalogue.paths() {
        #expect(
          path.measuredSettings(under: profile, on: version, own: [:])[Self.name] == "65536")
        #expect(path.settings(under: profile, on: version)[Self.name] == nil, "export and verify")
      }
    }
    for cluster in [nil, try Cluster("default")] {
      #expect(insertSettings(of: cluster)[Self.name] == "65536")
    }
  }

  @Test func onlyAPathOrABenchmarkSaysOtherwise() throws {
    let profile = try SettingsProfile(name: "p", text: "-- idea: i\nSET \(Self.name) = 1;")
    let plain = try madeUpPath("SELECT 1")
    let own = try madeUpPath("SET \(Self.name) = 2;\nSELECT 1")
    func value(_ path: ExportPath, _ benchmark: [String: String] = [:]) -> String? {
      path.measuredSettings(under: profile, on: version, own: benchmark)[Self.name]
    }
    #expect(value(plain) == "65536")
    #expect(value(own) == "2")
    #expect(value(own, [Self.name: "3"]) == "3")
    #expect(plain.untrackedMemoryNote == nil)
    #expect(own.untrackedMemoryNote?.hasPrefix("the path made-up sets \(Self.name) = 2: ") == true)
  }

  private func benchmark(_ value: String) throws -> Benchmark {
    try Benchmark(
      yaml: """
        name: own
        description: d
        dataset: small
        rows_per_insert: 100
        paths: [limit-by]
        windows: [1h]
        settings: {\(Self.name): \(value)}
        writes: [{rows_per_insert: 10, settings: {\(Self.name): 4194304}}]
        """, file: "own.yaml")
  }

  @Test func anotherValueIsToldInEveryReport() throws {
    let notes = try benchmark("0").untrackedMemoryNotes
    #expect(
      notes.first?.hasPrefix(
        "the benchmark own sets max_untracked_memory = 0: the server counts its memory in steps of "
      ) == true)
    #expect(
      notes.last
        == "the leg '10 sync' sets max_untracked_memory = 4194304: the server counts its memory in "
        + "steps of \(ByteCount(4 << 20)) for each thread instead of \(ByteCount(65_536)), so its "
        + "peaks do not compare with others")
    #expect(notes.count == 2)
    #expect(try benchmark("65536").untrackedMemoryNotes.count == 1, "the leg alone")
  }

  static let refusals: [(String, [String: String], String?)] = [
    (
      "Setting max_untracked_memory should not be changed", ["max_untracked_memory": "65536"],
      "forbids max_untracked_memory = 65536, without which small amounts of memory are not "
        + "counted; change the constraint, or give another user, or do this"
    ),
    (
      "Setting max_threads shouldn't be greater than 4", ["max_threads": "10", "max": "1"],
      "forbids max_threads = 10; change the constraint, or give another user"
    ),
    (
      "Setting output_format_parquet_write_page_index should not be changed",
      ["output_format_parquet_write_page_index": "0"],
      "forbids output_format_parquet_write_page_index = 0, without which readers miss rows of a "
        + "file that this version writes; change the constraint, or give another user"
    ),
    ("Setting other should not be changed", ["max_threads": "10"], nil),
  ]

  @Test(arguments: refusals) func aConstraintIsOneSentence(
    said: String, settings: [String: String], words: String?
  ) {
    func exception(_ name: String) -> ServerException {
      ServerException(code: 452, name: name, message: said, queryID: "q", version: nil)
    }
    let refusal = SettingRefusal(
      exception("SETTING_CONSTRAINT_VIOLATION"), of: settings, "do this")
    #expect(
      refusal?.description == words.map { "a constraint of the user's settings profile \($0)" })
    #expect(SettingRefusal(exception("UNKNOWN_SETTING"), of: settings) == nil)
  }
}
