// Where the ratio of two paths passes 1, and how well the interval holds that place.

import Foundation
import Testing
@testable import Analysis
@testable import RunStore
@testable import Statistics

@Suite struct CrossoverTests {
  /// Samples whose ratio at each window is given, as so many repeats.
  private func records(_ ratios: [(hours: Int, ratios: [Double])]) -> Records {
    var records = Records()
    for (hours, values) in ratios {
      for (place, ratio) in values.enumerated() {
        for (path, bytes) in [("old", 1e9), ("new", 1e9 * ratio)] {
          var sample = Sample()
          sample.mergeState = "fresh"
          sample.path = path
          sample.window = "\(hours)h"
          sample.windowMs = hours * 3_600_000
          sample.repeat = place + 1
          sample.memoryPeakBytes = Int(bytes)
          records.samples.append(sample)
        }
      }
    }
    return records
  }

  private func found(_ ratios: [(hours: Int, ratios: [Double])]) -> [Crossover] {
    Crossover.all(
      in: Summary(
        ExportExperiment.summaryRows(records(ratios), paths: ["old", "new"], baseline: "old")),
      figure: "memory_peak_bytes", subject: "new", baseline: "old")
  }

  private func around(_ ratio: Double) -> [Double] {
    [0.97, 0.98, 0.99, 1, 1.01, 1.02, 1.03].map { $0 * ratio }
  }

  private func hours(_ milliseconds: Double?) -> Double { (milliseconds ?? .nan) / 3_600_000 }

  @Test func aRatioThatFallsPassesOneBetweenTwoWindows() throws {
    // Straight on logarithmic scales: 2 at 1 h, 1/2 at 16 h, so 1 at 4 h.
    let rows = found([(1, around(2)), (16, around(0.5))])
    let row = try #require(rows.first)
    #expect(rows.count == 1 && row.crossing == .falls)
    #expect(abs(hours(row.windowMs) - 4) < 0.01)
    // Three per cent of ratio are 0.03 · (ln 16 / ln 4) of the window.
    #expect(hours(row.lowMs) > 3.7 && hours(row.lowMs) < 4)
    #expect(hours(row.highMs) > 4 && hours(row.highMs) < 4.3)
    #expect(row.windowsAbove == 1 && row.windowsBelow == 1 && row.pairs == 7)
  }

  @Test func windowsInDoubtWidenTheInterval() throws {
    let doubtful = [0.8, 0.9, 0.95, 1.02, 1.05, 1.1, 1.2]
    let row = try #require(
      found([(1, around(2)), (4, doubtful), (8, doubtful), (16, around(0.5))]).first)
    #expect(row.crossing == .falls)
    #expect(hours(row.lowMs) < 4 && hours(row.highMs) > 8)
    #expect(hours(row.lowMs) > 1 && hours(row.highMs) < 16)
  }

  @Test func aRatioThatPassesNothingSaysOnWhichSideItStays() throws {
    for (ratio, crossing) in [(0.5, Crossover.Crossing.noneBelow), (2, .noneAbove)] {
      let rows = found([(1, around(ratio)), (4, around(ratio * 1.1)), (16, around(ratio))])
      #expect(rows.map(\.crossing) == [crossing])
      #expect(rows[0].windowMs == nil && rows[0].lowMs == nil && rows[0].highMs == nil)
    }
    // It comes near 1 and turns back.
    #expect(
      found([(1, around(2)), (4, around(1)), (16, around(2))]).map(\.crossing) == [.noneAbove])
  }

  @Test func beyondWhatWasMeasuredTheIntervalIsOpen() throws {
    let falling = try #require(found([(1, around(2)), (4, around(0.99))]).first)
    #expect(falling.crossing == .falls && falling.lowMs != nil && falling.highMs == nil)
    // Nothing is sure, so nothing is said.
    #expect(found([(1, around(1.01)), (4, around(0.99))]).map(\.crossing) == [.undecided])
  }

  @Test func aRatioCanPassOneTwice() {
    let rows = found([(1, around(2)), (4, around(0.5)), (16, around(2))])
    #expect(rows.map(\.crossing) == [.falls, .rises])
    #expect(abs(hours(rows[0].windowMs) - 2) < 0.01 && abs(hours(rows[1].windowMs) - 8) < 0.01)
  }

  @Test func countsHaveNoSpread() throws {
    let row = try #require(
      found([(1, [Double](repeating: 2, count: 3)), (4, [Double](repeating: 0.5, count: 3))]).first)
    #expect(row.crossing == .falls)
    #expect(abs(hours(row.windowMs) - 2) < 0.01)
    #expect(abs(hours(row.lowMs) - 2) < 0.01 && abs(hours(row.highMs) - 2) < 0.01)
  }

  @Test func oneWindowIsNoCurve() {
    #expect(found([(1, around(2))]).isEmpty)
  }

  /// Simulated: the interval holds the true crossover as often as it says.
  @Test(arguments: [6, 7]) func theIntervalHoldsTheCrossoverInNearlyAllRuns(repeats: Int) {
    var random = SplitMix64(seed: 7)
    func normal() -> Double {
      (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
    }
    // The ratio falls from 2 to 1/2 over five windows and passes 1 at 5 h, between two of them.
    let windows = [1, 2, 4, 8, 24]
    let truth = log(5.0)
    var held = 0
    let runs = 400
    for _ in 1...runs {
      let rows = found(
        windows.map { window in
          (
            window,
            (1...repeats).map { _ in exp((truth - log(Double(window))) * 0.43 + 0.15 * normal()) }
          )
        })
      held +=
        rows.contains {
          ($0.lowMs.map(hours) ?? 0) <= 5 && ($0.highMs.map(hours) ?? .infinity) >= 5
        } ? 1 : 0
    }
    #expect(Double(held) / Double(runs) > 0.93, "held \(held) of \(runs)")
    #expect(held < runs, "an interval that always holds it is too wide")
  }
}
