// What a backfill came to, and what another would cost.

import Testing
@testable import Analysis
@testable import CSVRecords
@testable import RunStore

@Suite struct BackfillTests {
  private func sample(
    _ step: BackfillStep, rows: Int? = nil, bytes: Int? = nil, ms: Double? = nil,
    written: Int? = nil
  ) -> BackfillSample {
    var sample = BackfillSample()
    sample.step = step
    sample.partition = "202609"
    sample.tableRows = rows
    sample.tableBytes = bytes
    sample.clientWallMs = ms
    sample.writtenBytes = written
    return sample
  }

  @Test func aRowComesBackAsItWas() throws {
    var row = sample(.copy, rows: 10, bytes: 1_000, ms: 1.5, written: 300)
    row.firstDay = "2026-09-01"
    row.examples = "('project', 'a, \"b\"')"
    let text = CSV.document([row, BackfillSample()])
    let parsed = try CSV.parse(BackfillSample.self, Array(text.utf8), file: "backfill.csv")
    #expect(parsed.records == [row, BackfillSample()] && parsed.headerIsCurrent)
  }

  @Test func rowsAndBytesAreToldApartWhereTheChunksDiffer() {
    // 2 ms for each row and 3 ms for each byte.
    let samples = [(10, 100), (20, 100), (10, 400)].map {
      sample(.copy, rows: $0, bytes: $1, ms: Double(2 * $0 + 3 * $1), written: 7 * $1)
    }
    let estimate = BackfillEstimate(from: samples, rows: 1_000, bytes: 2_000)
    #expect(abs((estimate.ms[.copy]?.value.lowerBound ?? 0) - 8_000) < 1e-6)
    #expect((estimate.ms[.copy]?.residual ?? 1) < 1e-9)
    #expect(abs((estimate.writtenBytes?.value.upperBound ?? 0) - 14_000) < 1e-6)
    #expect(estimate.rowsMax == 20 && estimate.mergedPerWritten == nil)
  }

  @Test(arguments: [[(10, 100, 5.0)], [(10, 100, 5), (20, 200, 10), (40, 400, 20)]])
  func chunksOfOneWidthScale(points: [(Int, Int, Double)]) {
    let samples = points.map { sample(.copy, rows: $0.0, bytes: $0.1, ms: $0.2) }
    let estimate = BackfillEstimate(from: samples, rows: 1_000, bytes: 10_000)
    #expect(abs((estimate.ms[.copy]?.value.upperBound ?? 0) - 500) < 1e-9)
    #expect(abs((estimate.ms[.copy]?.value.lowerBound ?? 0) - 500) < 1e-9)
    // Of rows of another width they say what it is by rows, and what by bytes.
    let wide = BackfillEstimate(from: samples, rows: 1_000, bytes: 100_000)
    #expect(abs((wide.ms[.copy]?.value.lowerBound ?? 0) - 500) < 1e-9)
    #expect(abs((wide.totalMs.upperBound) - 5_000) < 1e-9)
    #expect((estimate.ms[.copy]?.residual == nil) == (points.count < 3))
  }

  @Test func noCoefficientIsNegative() {
    // More bytes, less time: the plane through these would fall with the bytes.
    let samples = [(10, 100, 50.0), (10, 400, 40), (20, 300, 95)].map {
      sample(.copy, rows: $0.0, bytes: $0.1, ms: $0.2)
    }
    let estimate = BackfillEstimate(from: samples, rows: 0, bytes: 1_000_000)
    #expect((estimate.ms[.copy]?.value.lowerBound ?? -1) >= 0)
    #expect((estimate.ms[.copy]?.residual ?? 0) > 0.01)
  }

  @Test func whatFailedEntersNoEstimate() {
    var failed = sample(.copy, rows: 10, bytes: 10, ms: 1_000)
    failed.status = .failed
    let estimate = BackfillEstimate(from: [failed], rows: 10, bytes: 10)
    #expect(estimate.ms.isEmpty && estimate.writtenBytes == nil)
  }

  @Test func theLastLookCounts() {
    var whole = sample(.verify, rows: 100, bytes: 1_000)
    (whole.tableIDs, whole.viewIDs, whole.missingIDs, whole.staleIDs) = (90, 88, 2, 1)
    (whole.differentIDs, whole.aheadIDs, whole.extraIDs) = (3, 4, 5)
    whole.examples = "('a')"
    var again = sample(.verify)
    (again.tableIDs, again.viewIDs, again.missingIDs, again.staleIDs) = (6, 6, 0, 0)
    (again.differentIDs, again.aheadIDs, again.extraIDs) = (0, 0, 0)
    var final = sample(.final, rows: 100, bytes: 1_000)
    final.doubledIDs = 0
    let early = BackfillFindings([whole]).comparison
    #expect(early?.wrong == 6 && early?.examples == ["('a')"])
    let late = BackfillFindings([whole, again, final]).comparison
    #expect(late?.wrong == 0 && late?.tableIDs == 90 && late?.viewIDs == 88)
    #expect(late?.ahead == 4 && late?.extra == 5 && late?.examples.isEmpty == true)
    #expect(BackfillFindings([]).comparison == nil)
  }
}
