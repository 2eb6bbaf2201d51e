// Capacity models: known formulas are found again, what cannot be known is said, and what was not
// measured is refused.

import Foundation
import Testing
@testable import CapacityModel
@testable import Statistics

@Suite struct CapacityTests {
  private let mebi = 1_048_576.0

  /// A sort: 20 MiB, and the larger of 1.5 × what is being read and 2 × the window + a block.
  private func sorted(_ size: SyntheticRun.Size) -> Double {
    let reading = size.readBytes * min(1, 10 / size.granules)
    let window = size.rows * size.width
    return 20 * mebi + max(1.5 * reading, 2 * window + min(size.ids, 65_409) * size.width)
  }

  private var sorts: [CapacityRun] {
    [(1, 3000), (2, 3000), (3, 3000), (2, 400), (2, 15_000)].map { versions, width in
      SyntheticRun(
        name: "\(versions)x\(width)", versions: versions, width: width, peak: sorted
      ).made()
    }
  }

  @Test func aSortIsFoundAgain() throws {
    let found = try CapacityFindings(sorts, question())
    let model = try #require(found.memory.first)
    #expect(model.form == .sorts && model.ties.isEmpty)
    #expect(model.worst < 0.02 && model.residual < 0.02)
    #expect(try #require(model.validation).typical < 0.05)
    let values = Dictionary(uniqueKeysWithValues: model.coefficients.map { ($0.terms, $0.value) })
    #expect(abs(try #require(values[[.constant]]) - 20) < 2)
    #expect(abs(try #require(values[[.reading]]) - 1.5) < 0.1)
    #expect(abs(try #require(values[[.window]]) - 2) < 0.1)
    #expect(abs(try #require(values[[.handedOn]]) - 1) < 0.2)
  }

  @Test func aMergeOfPartsIsFoundAgain() throws {
    let runs = [(4, 3000), (12, 3000), (18, 3000), (8, 400), (8, 15_000)].map { parts, width in
      SyntheticRun(
        name: "\(parts)x\(width)", path: "mv-final",
        sql: "SELECT id FROM observations_export_mv FINAL", width: width, parts: parts
      ) { size in
        let granule = min(10_485_760, 8192 * size.width * 0.9)
        let merged = min(size.readBytes, 10 * size.parts * granule)
        return 10 * mebi + 0.8 * merged + 500 * min(size.ids, 20_000)
      }.made()
    }
    let model = try #require(try CapacityFindings(runs, question()).memory.first)
    #expect(model.form == .merges && model.cells[0].readsView)
    #expect(model.worst < 0.05)
    let cell = try #require(model.cells.first { $0.run == "12x3000" && $0.window == "168h" })
    let again = model.predict(cell.drivers)
    #expect(abs(again.value / cell.peakBytes - 1) < 0.05)
    #expect(again.low <= cell.peakBytes && cell.peakBytes <= again.high)
  }

  @Test func aPathThatKeepsIDsIsFoundAgain() throws {
    let runs = [(300, 200), (3000, 200), (3000, 2000)].map { width, ids in
      SyntheticRun(
        name: "\(width)x\(ids)", path: "newest-row",
        sql: "SELECT id FROM observations WHERE p IN (SELECT max(p) FROM observations GROUP BY id)",
        width: width, idsPerHour: ids
      ) { size in
        5 * mebi + 0.9 * 10 * min(10_485_760, 8192 * size.width) + 190 * size.ids
      }.made()
    }
    let model = try #require(try CapacityFindings(runs, question()).memory.first)
    #expect(model.form == .keys && model.worst < 0.02)
    let ids = try #require(model.coefficients.first { $0.terms == [.ids] }?.value)
    #expect(abs(ids - 190) < 5)
  }

  @Test func theFormFollowsFromTheStatement() {
    #expect(CapacityForm(sql: "SELECT a FROM t FINAL") == .merges)
    #expect(CapacityForm(sql: "SELECT a FROM t -- no FINAL here\nORDER BY a") == .sorts)
    #expect(CapacityForm(sql: "SELECT a FROM t WHERE x IN (SELECT max(x) GROUP BY id)") == .keys)
    let bound = "WHERE b >= {minTimestamp: X}"
    let inner = "(SELECT max(x) FROM t GROUP BY id)"
    #expect(CapacityForm(sql: "SELECT a FROM t \(bound) AND x IN \(inner)") == .historyKeys)
    #expect(CapacityForm(sql: "SELECT a FROM (SELECT 1 FROM t \(bound) GROUP BY id)") == .keys)
    let sql = "SET max_threads = 2;\nSET max_threads = 4; -- more\nSELECT 1"
    #expect(CapacityForm.setting("max_threads", in: sql) == 4)
    #expect(CapacityForm.setting("max_block_size", in: sql) == nil)
  }

  @Test func noCoefficientIsNegative() {
    let rows = (1...8).map { [Double($0), 1] }
    let rising = NonNegative.solve(rows, rows.map { 3 * $0[0] + 2 })
    #expect(abs(rising[0] - 3) < 0.01 && abs(rising[1] - 2) < 0.05)
    let falling = NonNegative.solve(rows, rows.map { 20 - $0[0] })
    #expect(falling[0] == 0 && falling[1] > 10)
    #expect(NonNegative.solve([], []) == [])
  }

  @Test func termsThatCannotBeToldApartAreNamed() throws {
    // Of one row per id and windows below a block, window and block are the same bytes.
    let run = SyntheticRun(versions: 1, idsPerHour: 50, peak: sorted).made()
    let model = try #require(
      try CapacityFindings([run], question(rowsPerDay: 1200, versions: 1)).memory.first)
    let tie = try #require(model.ties.first { $0.other == .handedOn })
    #expect(tie.kept == .window && tie.areJoined)
    #expect(model.coefficients.contains { $0.terms == [.window, .handedOn] })
    #expect(model.worst < 0.05, "they still predict together")
  }

  @Test func whatIsFarFromWhatWasMeasuredIsRefused() throws {
    // The longest window of the runs has a fifth of what a day of the question has.
    var asked = try question(rowsPerDay: 2_400_000, windows: [1, 24])
    asked.parts = 6
    let found = try CapacityFindings(sorts, asked)
    #expect(found.answers[0].peakBytes != nil && found.answers[0].extrapolation < 1)
    #expect(found.answers[1].peakBytes == nil && found.answers[1].extrapolation > 4)
    asked.extrapolate = true
    #expect(try CapacityFindings(sorts, asked).answers.allSatisfy { $0.peakBytes != nil })
    // The number of parts of so large a table does not follow from the runs.
    asked.parts = nil
    let unknown = try #require(throws: CapacityRefusal.self) { try CapacityFindings(sorts, asked) }
    #expect(unknown.description.contains("give its parts with --parts"))
    let far = try question(rowsPerDay: 1e9)
    let refusal = try #require(throws: CapacityRefusal.self) { try CapacityFindings(sorts, far) }
    #expect(refusal.description.contains("use --extrapolate"))
  }

  @Test func theLargestWindowIsSafeAndNoMore() throws {
    var asked = try question(windows: [24])
    asked.memoryLimitBytes = 600 * mebi
    let found = try CapacityFindings(sorts, asked)
    let row = try #require(found.largest.first)
    let (window, model) = (try #require(row.windowMs), found.memory[0])
    #expect(row.bound == .limit)
    #expect(model.predict(asked.drivers(window, model)).high <= 600 * mebi)
    #expect(model.predict(asked.drivers(window * 1.01, model)).high > 600 * mebi)
    asked.memoryLimitBytes = mebi
    #expect(throws: CapacityRefusal.self) { try CapacityFindings(sorts, asked) }
  }

  @Test func aPeakIsTracedBackToTheWindowThatMakesIt() throws {
    var asked = try question(windows: [24])
    (asked.peakBytes, asked.extrapolate) = (132 * 1024 * mebi, true)
    let found = try CapacityFindings(sorts, asked)
    let (cause, model) = (try #require(found.causes.first), found.memory[0])
    let bytes = try #require(cause.bytes)
    // 2 × the window, and a block that no longer matters much.
    #expect(abs(bytes / (66 * 1024 * mebi) - 1) < 0.1, "\(bytes)")
    let (low, window) = (try #require(cause.windowLowMs), try #require(cause.windowMs))
    #expect(low <= window && window <= cause.windowHighMs ?? .infinity)
    #expect(model.extrapolation(to: model.cells[0].drivers).factor <= 1)
  }

  @Test func intervalsHoldTheNextMeasurement() throws {
    var held = 0
    for seed in 1...40 {
      let runs = [1, 2, 3].map { versions in
        SyntheticRun(name: "\(versions)", versions: versions, repeats: 1, peak: sorted)
          .made(noise: 0.1, seed: UInt64(seed * 10 + versions))
      }
      let model = try #require(try CapacityFindings(runs, question()).memory.first)
      let next = SyntheticRun(hours: [480], repeats: 1, peak: sorted)
        .made(noise: 0.1, seed: UInt64(seed * 10 + 7)).cells[0]
      let interval = model.predict(next.drivers)
      if interval.low <= next.peakBytes, next.peakBytes <= interval.high { held += 1 }
    }
    #expect(held >= 34, "\(held) of 40")
  }

  @Test func theLargestWindowOfARecordedRunIsPredicted() throws {
    let found = try CapacityFindings([recordedRun("claim")], question(rowBytes: 2797))
    let sort = try #require(found.memory.first { $0.path == "limit-by" }?.validation)
    #expect(sort.misses.map(\.window) == ["30d"])
    #expect(sort.typical <= CapacityValidation.goal, "\(sort.typical)")
    // One run alone has not seen the view's encoder full: the miss is told, and widens intervals.
    let merge = try #require(found.memory.first { $0.path == "mv-final" })
    #expect(try #require(merge.validation).typical > CapacityValidation.goal)
    #expect(merge.ties.contains { $0.other == .encodedRows })
  }

  @Test func onlyWhatCanBeAskedIsAsked() {
    func sentence(_ rows: Double, _ versions: Double, _ bytes: Double, _ days: Double) -> String {
      do {
        _ = try question(rowsPerDay: rows, versions: versions, rowBytes: bytes, days: days)
        return ""
      } catch { return "\(error)" }
    }
    #expect(sentence(100, 1, 100, 1) == "")
    #expect(sentence(0, 1, 100, 1).contains("at least 1"))
    #expect(sentence(100, 0.5, 100, 1).contains("versions are below 1"))
    #expect(sentence(100, .nan, 100, 1).contains("versions are below 1"))
    #expect(sentence(100, 1, 0, 1).contains("payload is 0"))
    #expect(sentence(100, 1, 100, 0).contains("retention"))
  }
}
