// Regimes: which size decides between two paths.

import CSVRecords
import CapacityModel
import Foundation
import RunStore
import Testing

@Suite struct RegimeTests {
  /// A sort that holds its window twice beside a FINAL that holds what it merges at once.
  private func run(granule: Int = 10_485_760, parts: Int = 6) -> CapacityRun {
    let table = SyntheticRun(parts: parts) { 2 * $0.rows * $0.width }.made()
    let view = SyntheticRun(
      path: "mv-final", sql: "SELECT id FROM observations_export_mv FINAL", parts: parts
    ) { min($0.readBytes, 10 * Double(parts) * min(Double(granule), 8192 * 2700)) }.made()
    var records = table.records
    records.samples += view.records.samples
    var manifest = table.manifest
    manifest.paths += view.manifest.paths
    manifest.settings["table"] = ["index_granularity_bytes": "\(granule)"]
    return CapacityRun(name: "synthetic", manifest: manifest, records: records)
  }

  @Test func theGranuleOfTheRunDecides() throws {
    let usual = run().regimes(of: "mv-final", to: "limit-by")
    let small = run(granule: 262_144).regimes(of: "mv-final", to: "limit-by")
    #expect(usual.count == 6 && small.count == 6)
    #expect(usual.allSatisfy { $0.granuleBytes == 10_485_760 && $0.threads == 10 })
    #expect(usual.allSatisfy { $0.reachBytes == 10 * 6 * 10_485_760 && $0.parts == 6 })
    #expect(small.allSatisfy { $0.granuleBytes == 262_144 })
    #expect(!usual[0].isBounded && small[5].isBounded)
  }

  @Test func oneSizeSeparatesTheCells() throws {
    let found = try RegimeFindings(
      [run(), run(granule: 1 << 20), run(granule: 1 << 18)], of: "mv-final", to: "limit-by")
    let less = try #require(found.lessUpTo)
    let more = try #require(found.moreFrom)
    // The sort holds twice the window: below two bytes merged for a byte of the window the view
    // needs less.
    #expect(less < 2.1 && more > 1.9 && less < more)
    #expect(found.regimes.map(\.mergedShare) == found.regimes.map(\.mergedShare).sorted())
  }

  @Test func runsWithoutBothPathsAreRefused() {
    let alone = SyntheticRun { $0.rows }.made()
    #expect(throws: RecordError.self) {
      try RegimeFindings([alone], of: "mv-final", to: "limit-by")
    }
  }
}
