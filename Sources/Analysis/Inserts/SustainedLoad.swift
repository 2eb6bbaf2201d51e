// Results of a sustained load on one target.

import BenchmarkSpec
import RunStore
import Statistics

package struct SustainedLoad: Equatable, Sendable {
  /// Mean and maximum of samples per second.
  package struct Level: Equatable, Sendable {
    package let mean: Double
    package let max: Double

    package init?(_ values: [Double?]) {
      let known = values.compactMap(\.self)
      guard let most = known.max() else { return nil }
      mean = known.reduce(0, +) / Double(known.count)
      max = most
    }
  }

  package let target: InsertTarget
  /// In milliseconds.
  package let elapsedMs: Double
  package let planned: Int
  package let acknowledged: Int
  package let failed: Int
  package let rows: Int
  /// In milliseconds.
  package let insertMedianMs: Double?
  /// Nil with fewer than ``fewestForPercentile`` inserts.
  package let insertP99Ms: Double?
  package let insertMaxMs: Double?
  /// Maximum delay of an insert after its due time, including inserts that never started.
  package let lagMaxMs: Double?
  package let tableParts: Level?
  /// Nil without a view.
  package let viewParts: Level?
  package let merges: Level?
  /// Resident memory in bytes.
  package let memory: Level?
  package let insertedBytes: Double?
  /// During the load and until merges settled.
  package let mergedBytes: Double?

  /// Minimum number of inserts for a 99th percentile.
  package static let fewestForPercentile = 100

  /// Without the view first; a side without seconds is omitted.
  package static func all(_ records: Records) -> [SustainedLoad] {
    InsertTarget.allCases.compactMap { SustainedLoad(records, $0) }
  }

  private init?(_ records: Records, _ target: InsertTarget) {
    var seconds = records.timeline.filter { $0.target == target }
    // A restarted load counts from its last start.
    if let start = seconds.indices.dropFirst().last(where: {
      seconds[$0].elapsedMs < seconds[$0 - 1].elapsedMs
    }) {
      seconds = Array(seconds[start...])
    }
    guard let end = seconds.last else { return nil }
    let inserts = last(
      records.inserts.filter { $0.legName == ReservedLeg.sustained && $0.target == target },
      by: \.pair)
    let times = inserts.filter { $0.status == .ok }.compactMap(\.clientWallMs)
    let round = SettledRound.all(records).first {
      $0.leg == ReservedLeg.sustained && $0.target == target
    }
    func written(_ name: String) -> Double? {
      round.flatMap { round in SettledRound.figures.first { $0.name == name }?.value(round) }
    }
    self.target = target
    elapsedMs = end.elapsedMs
    planned = end.plannedInserts
    acknowledged = end.acknowledgedInserts
    failed = end.failedInserts
    rows = end.acknowledgedRows
    insertMedianMs = Statistics.median(times)
    insertP99Ms =
      times.count >= Self.fewestForPercentile ? Statistics.quantile(times, 0.99) : nil
    insertMaxMs = times.max()
    lagMaxMs = (inserts.compactMap(\.lagMs) + seconds.map(\.lagMs)).max()
    tableParts = Level(seconds.map { $0.tableParts?.csvNumber })
    viewParts = Level(seconds.map { $0.viewParts?.csvNumber })
    merges = Level(seconds.map { $0.runningMerges?.csvNumber })
    memory = Level(seconds.map { $0.serverMemoryBytes?.csvNumber })
    insertedBytes = written("inserted_bytes")
    mergedBytes = written("merged_bytes")
  }
}
