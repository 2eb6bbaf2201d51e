// What a sustained load came to on one target, from its seconds, its inserts and what it wrote.

import BenchmarkSpec
import RunStore
import Statistics

/// One side of a sustained load.
package struct SustainedLoad: Equatable, Sendable {
  /// The mean of what was seen each second, and the most.
  package struct Level: Equatable, Sendable {
    /// The mean over the seconds in which it was seen.
    package let mean: Double
    /// The most.
    package let max: Double

    package init?(_ values: [Double?]) {
      let known = values.compactMap(\.self)
      guard let most = known.max() else { return nil }
      mean = known.reduce(0, +) / Double(known.count)
      max = most
    }
  }

  /// Where the inserts went.
  package let target: InsertTarget
  /// How long it went on, in milliseconds.
  package let elapsedMs: Double
  /// Inserts that should have begun.
  package let planned: Int
  /// Inserts that the server acknowledged.
  package let acknowledged: Int
  /// Inserts that failed.
  package let failed: Int
  /// Rows acknowledged.
  package let rows: Int
  /// The median of an insert's time, in milliseconds.
  package let insertMedianMs: Double?
  /// Its 99th percentile; nil of fewer than ``fewestForPercentile`` inserts.
  package let insertP99Ms: Double?
  /// The longest insert, in milliseconds.
  package let insertMaxMs: Double?
  /// The most that an insert began later than planned, or was late when it was never begun.
  package let lagMaxMs: Double?
  /// Active parts of the table.
  package let tableParts: Level?
  /// Active parts of the view; nil without one.
  package let viewParts: Level?
  /// Merges at work.
  package let merges: Level?
  /// The server's resident memory in bytes.
  package let memory: Level?
  /// Bytes that inserts wrote.
  package let insertedBytes: Double?
  /// Bytes that merges wrote, during the load and until they settled.
  package let mergedBytes: Double?

  /// Fewer inserts than this do not carry a 99th percentile.
  package static let fewestForPercentile = 100

  /// Both sides of a run's sustained load, without the view first; one that has no seconds is left
  /// out.
  package static func all(_ records: Records) -> [SustainedLoad] {
    InsertTarget.allCases.compactMap { SustainedLoad(records, $0) }
  }

  private init?(_ records: Records, _ target: InsertTarget) {
    var seconds = records.timeline.filter { $0.target == target }
    // A load that was cut short and begun anew counts from its last beginning.
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
