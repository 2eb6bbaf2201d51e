// Total cost of a round of inserts on one target: inserts, and merges until they settled. Computed
// from inserts.csv and merges.csv.

import BenchmarkSpec
import CSVRecords
import RunStore

package struct SettledRound: Measured {
  package var leg = ""
  package var round = 0
  package var target = InsertTarget.plain
  package var inserts: [InsertSample] = []
  package var merges: [MergeSample] = []

  package init() {}

  package static let columns: [CSVColumn<SettledRound>] = []

  /// Sums over the round; nil if a part was not measured.
  package static let derivedFigures: [Figure<SettledRound>] = [
    Figure(name: "inserted_rows", title: "rows written by inserts") { $0.sum(\.newRows) },
    Figure(name: "inserted_bytes", title: "bytes written by inserts") { $0.sum(\.newBytes) },
    Figure(name: "insert_time_ms", title: "server time of inserts") { $0.sum(\.serverQueryMs) },
    Figure(name: "insert_cpu_ms", title: "CPU of inserts") { $0.sum(\.serverCPUMs) },
    Figure(name: "merged_rows", title: "rows written by merges") { $0.sum(\.mergeWrittenRows) },
    Figure(name: "merged_bytes", title: "bytes written by merges") { $0.sum(\.mergeWrittenBytes) },
    Figure(name: "merge_time_ms", title: "time of merges") { $0.sum(\.mergeMs) },
    Figure(name: "merge_cpu_ms", title: "CPU of merges") { $0.sum(\.mergeCPUMs) },
    Figure(name: "settled_written_rows", title: "rows written until settled") {
      total([$0.sum(\.newRows), $0.sum(\.mergeWrittenRows)])
    },
    Figure(name: "settled_written_bytes", title: "bytes written until settled") {
      total([$0.sum(\.newBytes), $0.sum(\.mergeWrittenBytes)])
    },
    Figure(name: "settled_time_ms", title: "server time until settled") {
      total([$0.sum(\.serverQueryMs), $0.sum(\.mergeMs)])
    },
    Figure(name: "settled_cpu_ms", title: "CPU until settled") {
      total([$0.sum(\.serverCPUMs), $0.sum(\.mergeCPUMs)])
    },
  ]

  /// Why the round is excluded from all figures.
  package var failure: String? {
    if let failed = inserts.first(where: { $0.status != .ok }) {
      return failed.errorName ?? "an insert failed"
    }
    if merges.contains(where: { $0.settling == .unsettled }) { return "merges did not settle" }
    if merges.contains(where: { $0.failedMerges ?? 0 > 0 }) { return "a merge failed" }
    return nil
  }

  private func sum<Value: CSVField>(_ path: KeyPath<InsertSample, Value?>) -> Double? {
    total(inserts.map { $0[keyPath: path]?.csvNumber })
  }

  /// Table and, if present, view.
  private func sum<Value: CSVField>(_ path: KeyPath<MergeSample, Value?>) -> Double? {
    let roles: Set<TableRole> = target == .plain ? [.table] : [.table, .view]
    guard Set(merges.map(\.role)) == roles else { return nil }
    return total(merges.map { $0[keyPath: path]?.csvNumber })
  }
}

extension SettledRound {
  /// In the order of the files. A round counts once its merges are recorded, which is the last
  /// step; if it was run twice, the last run counts.
  package static func all(_ records: Records) -> [SettledRound] {
    struct Key: Hashable {
      let leg: String
      let round: Int
      let target: InsertTarget
    }
    let inserts = Dictionary(grouping: records.inserts) {
      Key(leg: $0.legName, round: $0.round ?? 0, target: $0.target)
    }
    return records.merges.grouped { Key(leg: $0.leg, round: $0.round, target: $0.target) }
      .map { key, merges in
        var round = SettledRound()
        (round.leg, round.round, round.target) = (key.leg, key.round, key.target)
        round.inserts = last(inserts[key] ?? [], by: \.pair)
        round.merges = last(merges, by: \.role)
        return round
      }
  }
}
