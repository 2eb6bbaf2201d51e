// A path against itself: how often the suite sees what is not there, and misses what is.
//
// The only place in Results that draws numbers at random, from the run's own noise and a seed.

import CSVRecords
import RunStore
import Statistics

/// What a run with two names for one path says about the suite itself.
package struct SelfComparison: Equatable, Sendable {
  /// The title of the figure: `peak memory`.
  package let figure: String
  package let path: String
  /// Its second name.
  package let twin: String
  package let repeats: Int
  /// How many comparisons the run was split into.
  package let comparisons: Int
  /// How many of them found a difference, where there is none.
  package let alarms: Int
  /// The share of simulated comparisons that found one.
  package let simulatedAlarms: Double
  /// How a planted difference fares, cell by cell.
  package let planted: [Planted]

  /// A difference that was put into one cell's noise.
  package struct Planted: Equatable, Sendable {
    package let mergeState: String
    /// The window as written.
    package let window: String
    /// The repeats that `Power` asks for.
    package let repeats: Int
    /// The share of simulated comparisons of so many repeats in which it was found; nil where they
    /// are too many to simulate.
    package let found: Double?
    /// Comparisons of so many repeats that the run itself holds.
    package let realComparisons: Int
    /// How many of those found it.
    package let realFound: Int
  }

  /// How many comparisons a run is split into, at least.
  package static let comparisonsAtLeast = 30
  /// How many comparisons are simulated, and of a planted difference in each cell.
  package static let simulations = 1000
  /// The planted difference: 5 %.
  package static let plantedDifference = 0.05
  /// More repeats than this are not simulated.
  static let repeatsAtMost = 2000

  /// Paths with the same SQL: every later one with the first of its kind.
  static func twins(_ paths: [Manifest.Path]) -> [(path: String, twin: String)] {
    paths.enumerated().compactMap { place, path in
      paths[..<place].first { $0.sql == path.sql }.map { ($0.name, path.name) }
    }
  }

  /// Every path of a run that ran against itself, in time and memory; none in most runs.
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

  /// The ratios within each repeat of a cell, in the order of the run.
  package struct Pool {
    package let mergeState: String
    package let window: String
    package let ratios: [Double]

    /// So many ratios as another run might have had: drawn with replacement, and either of a pair
    /// may have been the first, because both are the same path.
    package func draw(_ count: Int, times factor: Double, _ random: inout SplitMix64) -> [Double] {
      (0..<count).map { _ in
        let ratio = ratios[Int.random(in: ratios.indices, using: &random)]
        return (Bool.random(using: &random) ? ratio : 1 / ratio) * factor
      }
    }

    /// The ratios in groups of `size`, in their order; what is left over at the end is left out.
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
    // A short run is split into fewer comparisons rather than into ones that can show nothing.
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
