// What the view costs, and when that has paid.

import BenchmarkSpec
import CSVRecords
import CapacityModel
import RunStore
import Testing

@Suite struct CapacityCostTests {
  /// A run of exports on both paths, and rounds of inserts: 2 ms and 3 bytes for each byte that was
  /// sent without the view, and 1 ms and 4 bytes more with it.
  private func runs(viewSaves: Bool) -> [CapacityRun] {
    let window = { (size: SyntheticRun.Size) in 1e7 + 2 * size.rows * size.width }
    let table = SyntheticRun(name: "table", hours: [24, 168, 336, 480, 720], peak: window).made()
    let view = SyntheticRun(
      name: "view", path: "mv-final", sql: "SELECT id FROM observations_export_mv FINAL",
      hours: [24, 168, 336, 480, 720], peak: window, cpuMsPerMiB: viewSaves ? 1 : 50
    ).made()
    var writes = Records()
    for round in 1...6 {
      for (target, extra) in [(InsertTarget.plain, 0.0), (.withView, 1)] {
        var insert = InsertSample()
        (insert.leg, insert.round, insert.pair, insert.target) = ("1k sync", round, round, target)
        (insert.rows, insert.sentBytes) = (1000, 1_000_000)
        insert.serverCPUMs = 1e6 * (1 + extra)
        writes.inserts.append(insert)
        for role in target == .plain ? [TableRole.table] : [.table, .view] {
          var merge = MergeSample()
          (merge.leg, merge.round, merge.target, merge.role) = ("1k sync", round, target, role)
          (merge.newBytes, merge.mergeWrittenBytes) = (
            role == .table ? 1_000_000 : 2_000_000, 2_000_000
          )
          merge.mergeCPUMs = role == .table ? 1e6 : 0
          writes.merges.append(merge)
        }
      }
    }
    return [table, view, CapacityRun(name: "writes", manifest: table.manifest, records: writes)]
  }

  @Test func theViewsShareOfInsertsAndStorage() throws {
    let asked = try question(rowsPerDay: 1000, rowBytes: 1000, windows: [24])
    let found = try CapacityFindings(runs(viewSaves: true), asked)
    let writes = try #require(found.writes.first)
    #expect(writes.run == "writes" && writes.withMerges && writes.rowsPerInsert == 1000)
    #expect(abs(writes.plainCPUMs / 2e6 - 1) < 1e-9)
    #expect(abs(writes.extraCPUMs.value / 1e6 - 1) < 1e-9)
    #expect(abs(writes.plainBytes / 3e6 - 1) < 1e-9)
    #expect(abs(writes.extraBytes.value / 4e6 - 1) < 1e-9)
    let storage = try #require(found.storage.first)
    #expect(abs(storage.tablePerDayBytes / 400_000 - 1) < 0.01)
    #expect(abs(storage.viewPerDayBytes / 450_000 - 1) < 0.01)
    #expect(abs(storage.viewBytes / storage.viewPerDayBytes - 30) < 1e-6)
  }

  @Test func theViewPaysAfterSoManyExportsOrNever() throws {
    let asked = try question(windows: [480])
    let pays = try CapacityFindings(runs(viewSaves: true), asked).breakEven
    let row = try #require(pays.first)
    #expect(row.baseline == "limit-by" && row.path == "mv-final")
    let saved = try #require(row.savedCPUMs)
    let extra = try CapacityFindings(runs(viewSaves: true), asked).writes[0].extraCPUMs.value
    #expect(abs(try #require(row.exportsForCPU) - extra / saved) < 1e-6)
    let never = try #require(try CapacityFindings(runs(viewSaves: false), asked).breakEven.first)
    #expect(try #require(never.savedCPUMs) < 0 && never.exportsForCPU == nil)
  }

  @Test func aMonthThatNoPartCanHoldIsToldWithItsParts() throws {
    let run = SyntheticRun(mergeState: "merged", versions: 1) { 1e7 + 2 * $0.rows * $0.width }
      .made()
    // The view takes 0.45 bytes on disk for each byte: 29 MB a day are little, 40 TB are not.
    #expect(try CapacityFindings([run], question(versions: 1)).largestMonth == nil)
    var asked = try question(rowsPerDay: 1e9, versions: 1, rowBytes: 40_000)
    asked.extrapolate = true
    let month = try #require(try CapacityFindings([run], asked).largestMonth)
    #expect(month.name == "the view")
    #expect(month.parts == (month.bytes / 161_061_273_600).rounded(.up) && month.parts > 3000)
  }

  @Test func aRunThatSaysNothingIsNamed() throws {
    let asked = try question()
    let empty = CapacityRun(
      name: "empty", manifest: runs(viewSaves: true)[0].manifest, records: Records())
    let error = try #require(throws: RecordError.self) {
      try CapacityFindings(runs(viewSaves: true) + [empty], asked)
    }
    #expect(error.description.contains("the run empty has no exports"))
    var manifest = empty.manifest
    manifest.dataset.existingTables = Manifest.ExistingRows(database: "d", project: "p", endMs: 0)
    let found = CapacityRun(name: "found", manifest: manifest, records: Records())
    let other = try #require(throws: RecordError.self) { try CapacityFindings([found], asked) }
    #expect(other.description.contains("the run found is of existing tables"))
    let writes = runs(viewSaves: true)[2]
    #expect(throws: RecordError.self) { try CapacityFindings([writes], asked) }
  }
}
