// A/A comparison: rates of false alarms and of detected differences, from a path measured twice.
//
// Resamples the run's own noise with a seeded generator.

import CSVRecords
import RunStore
import Statistics

package struct SelfComparison: Equatable, Sendable {
  /// For example `peak memory`.
  package let figure: String
  package let path: String
  /// The second name of the path.
  package let twin: String
  package let repeats: Int
  /// Number of comparisons into which the run was split.
  package let comparisons: Int
  /// Comparisons that found a difference although there is none.
  package let alarms: Int
  /// Share of simulated comparisons with a difference.
  package let simulatedAlarms: Double
  package let planted: [Planted]

  /// A simulated difference in the noise of a cell.
  package struct Planted: Equatable, Sendable {
    package let mergeState: String
    package let window: String
    /// Repeats required by `Power`.
    package let repeats: Int
    /// Share of simulated comparisons that found it; nil if too many repeats are required.
    package let found: Double?
    /// Comparisons with that number of repeats within the run.
    package let realComparisons: Int
    package let realFound: Int
  }

  /// Minimum number of comparisons into which a run is split.
  package static let comparisonsAtLeast = 30
  /// Per path and figure, and per cell.
  package static let simulations = 1000
  package static let plantedDifference = 0.05
  /// Comparisons with more repeats are not simulated.
  static let repeatsAtMost = 2000

  /// Paths with the same SQL: each later one with the first.
  static func twins(_ paths: [Manifest.Path]) -> [(path: String, twin: String)] {
    paths.enumerated().compactMap { place, path in
      paths[..<place].first { $0.sql == path.sql }.map { ($0.name, path.name) }
    }
  }

  /// In time and memory; empty in most runs.
  package static func all(_ records: Records, manifest: Manifest) throws(RecordError)
    -> [SelfComparison]
  {
    let twins = twins(manifest.paths)
    guard !twins.isEmpty else { return [] }
    let cells = exportCells(records, order: manifest.paths.map(\.name))
    var found: [SelfComparison] = []
    for (path, twin) in twins {
      for name in Noise.usualFigures {
        let figure = try Sample.figure(name)
        let pools = cells.map { cell in
          Pool(
            mergeState: cell.mergeState ?? "", window: cell.window ?? "",
            ratios: cell.ratios(figure, of: twin, to: path).values)
        }
        if let one = SelfComparison(
          pools.filter { $0.ratios.count >= Difference.fewestPairs }, figure: figure.title,
          path: path, twin: twin, seed: UInt64(bitPattern: Int64(manifest.seed)))
        {
          found.append(one)
        }
      }
    }
    return found
  }

  /// Ratios within each repeat of a cell, in the order of the run.
  package struct Pool {
    package let mergeState: String
    package let window: String
    package let ratios: [Double]

    /// Resamples with replacement; either path of a pair may be the first, because both are equal.
    package func draw(_ count: Int, times factor: Double, _ random: inout SplitMix64) -> [Double] {
      (0..<count).map { _ in
        let ratio = ratios[Int.random(in: ratios.indices, using: &random)]
        return (Bool.random(using: &random) ? ratio : 1 / ratio) * factor
      }
    }

    /// Consecutive groups; the remainder is dropped.
    package func groups(of size: Int) -> [[Double]] {
      stride(from: 0, through: ratios.count - size, by: size).map {
        Array(ratios[$0..<$0 + size])
      }
    }
  }

  package init?(_ pools: [Pool], figure: String, path: String, twin: String, seed: UInt64) {
    guard let fewest = pools.map(\.ratios.count).min() else { return nil }
    var random = SplitMix64(seed: seed)
    let perCell = (Self.comparisonsAtLeast + pools.count - 1) / pools.count
    // A short run has fewer comparisons rather than ones that cannot show a difference.
    let size = max(Difference.fewestPairs, fewest / perCell)
    func isAlarm(_ ratios: [Double]) -> Bool { [.less, .more].contains(Difference(ratios)) }
    let groups = pools.flatMap { $0.groups(of: size).prefix(perCell) }
    (self.figure, self.path, self.twin) = (figure, path, twin)
    repeats = size
    comparisons = groups.count
    alarms = groups.count(where: isAlarm)
    simulatedAlarms =
      Double(
        (0..<Self.simulations).count {
          isAlarm(pools[$0 % pools.count].draw(size, times: 1, &random))
        }) / Double(Self.simulations)
    let factor = 1 + Self.plantedDifference
    planted = pools.compactMap { pool in
      let logs = pool.ratios.map(Math.log)
      guard let deviation = Power.deviation(ofLogRatios: logs) else { return nil }
      let needed = Power.pairs(toShow: Self.plantedDifference, deviation: deviation)
      let real = pool.groups(of: needed)
      return Planted(
        mergeState: pool.mergeState, window: pool.window, repeats: needed,
        found: needed > Self.repeatsAtMost
          ? nil
          : Double(
            (0..<Self.simulations).count { _ in
              Difference(pool.draw(needed, times: factor, &random)) == .more
            }) / Double(Self.simulations),
        realComparisons: real.count,
        realFound: real.count { Difference($0.map { $0 * factor }) == .more })
    }
  }
}
