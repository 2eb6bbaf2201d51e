// A path against itself, the noise that is learnt from it, and what that lets a run expect.

import Foundation
import Testing
@testable import Analysis
@testable import CSVRecords
@testable import RunStore
@testable import Statistics

@Suite struct SelfComparisonTests {
  private static let paths = [
    Manifest.Path(name: "p", sql: "SELECT 1"), Manifest.Path(name: "q", sql: "SELECT 2"),
    Manifest.Path(name: "p@again", sql: "SELECT 1"),
  ]

  /// Two windows of the same noise on all paths; `factor` is what the twin needs more.
  private func records(repeats: Int, noise: Double, factor: Double = 1) -> Records {
    var random = TestRandom(seed: 5)
    return Records(
      [("1h", 1), ("1d", 24)].flatMap { window, hours in
        (1...repeats).flatMap { number in
          Self.paths.map { path in
            let own = path.name == "p@again" ? factor : 1
            return attempt(
              path.name, window, hours: hours, repeat: number,
              memory: 1e9 * own * exp(noise * random.normal()))
          }
        }
      })
  }

  private func manifest() -> Manifest {
    Manifest(
      toolVersion: "0", run: "aa", startedAt: "", seed: 1, benchmark: .init(file: "", text: ""),
      dataset: .init(file: "", text: "", rows: 0, unique: 0, duplicates: 0),
      engine: .init(kind: "", version: "", url: "", source: ""),
      machine: .init(cpu: "", cores: 1, memoryBytes: 1, kernel: "", os: ""), paths: Self.paths,
      baseline: "p", mergeStates: ["fresh"])
  }

  @Test func aRunIsSplitIntoThirtyComparisons() throws {
    let found = try SelfComparison.all(records(repeats: 150, noise: 0.02), manifest: manifest())
    let memory = try #require(found.first)
    #expect(found.count == 1, "no time was measured")
    #expect((memory.path, memory.twin) == ("p", "p@again"))
    #expect((memory.comparisons, memory.repeats) == (30, 10))
    #expect(memory.alarms == 0)
    #expect(memory.simulatedAlarms <= 0.01)
    #expect(memory.planted.map(\.window) == ["1h", "1d"])
    for cell in memory.planted {
      #expect((cell.found ?? 0) >= 0.95)
      #expect(cell.realComparisons >= 5 && cell.realFound == cell.realComparisons)
    }
  }

  @Test func aTwinThatIsNotOneRaisesAlarms() throws {
    let found = try SelfComparison.all(
      records(repeats: 150, noise: 0.02, factor: 1.5), manifest: manifest())
    #expect(try #require(found.first).alarms == 30)
  }

  @Test func noiseComesFromTheTwinOrFromTheRepeatBefore() throws {
    let noise = try Noise(records(repeats: 400, noise: 0.1), paths: Self.paths)
    #expect(noise.levels.map(\.path) == ["p", "q", "p", "q"])
    #expect(noise.levels.map(\.pairs) == [400, 399, 400, 399])
    for level in noise.levels {
      #expect(abs(level.deviation - 0.1 * 2.0.squareRoot()) < 0.02, "of two attempts")
    }
    let forecast = try #require(
      noise.forecast(
        "memory_peak_bytes", mergeState: "fresh", window: "1h", path: "q", baseline: "p@again",
        repeats: 10))
    #expect(try #require(forecast.smallestDifference) > 0.25)
    #expect((180...280).contains(forecast.repeats(toShow: 0.05)))
    #expect(
      forecast.sentence.hasPrefix(
        "memory_peak_bytes of q at 1h (fresh): 10 repeats show a difference of 3"))
    #expect(
      noise.forecast(
        "memory_peak_bytes", mergeState: "fresh", window: "7d", path: "q", baseline: "p",
        repeats: 10) == nil, "nothing is known of that window")
    let text = try JSONEncoder().encode(noise)
    #expect(try JSONDecoder().decode(Noise.self, from: text) == noise)
  }

  /// A recorded run of paths against themselves, every attempt of a cell against any other:
  /// resampled, at most 1 % of 1,000 comparisons raise an alarm, and a planted 5 % of memory is
  /// found in at least 95 % with the repeats that its noise asks for.
  @Test func theNoiseOfARecordedRun() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../Fixtures/aa/samples.csv")
    let samples = try CSV.parse(
      Sample.self, Array(try Data(contentsOf: file)), file: "samples.csv"
    ).records
    let figure = try Sample.figure("memory_peak_bytes")
    let residuals = exportCells(Records(samples), order: []).flatMap { cell in
      cell.subjects.map { subject in
        let logs = subject.series(figure).values.map { log($0) }
        return logs.map { $0 - (Statistics.median(logs) ?? 0) }
      }
    }
    #expect(residuals.count == 8 && residuals.allSatisfy { $0.count == 100 })
    var random = SplitMix64(seed: 1)
    func ratios(_ cell: [Double], _ count: Int, planted: Double = 1) -> [Double] {
      (0..<count).map { _ in
        let (one, other) = (cell.randomElement(using: &random), cell.randomElement(using: &random))
        return planted * exp((one ?? 0) - (other ?? 0))
      }
    }
    let alarms = (0..<1_000).count {
      [.less, .more].contains(Difference(ratios(residuals[$0 % residuals.count], 10)))
    }
    #expect(alarms <= 10)
    for cell in residuals {
      let all = cell.flatMap { one in cell.map { one - $0 } }
      let deviation = try #require(Power.deviation(ofLogRatios: all))
      let pairs = Power.pairs(toShow: 0.05, deviation: deviation)
      let found = (0..<100).count { _ in
        Difference(ratios(cell, pairs, planted: 1.05)) == .more
      }
      #expect(found >= 95, "\(found) of 100 with \(pairs) pairs")
    }
  }
}
