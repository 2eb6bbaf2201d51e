// Where figures come from: which lines of a run's files stand behind a row of summary.csv.

import BenchmarkSpec
import RunStore

/// Rows of one of a run's files that belong together: the attempts of a path in a cell, say.
package struct RowGroup: Hashable, Sendable {
  /// The file's name: `samples.csv`.
  package let file: String
  /// What the rows are: `limit-by at 30d (fresh)`.
  package let title: String
  /// The lines that they stand in, from 1, which is the header.
  package fileprivate(set) var lines: [Int] = []
}

/// The rows behind the figures of a run. Its files have a line for each record, in their order.
package struct Provenance: Sendable {
  /// Every group of every file, in the order of the files.
  package private(set) var groups: [RowGroup] = []
  private var places: [Key: Int] = [:]

  private struct Key: Hashable {
    var file: String
    var mergeState: String?
    var window: String?
    var subject: String?
    var leg: String?
  }

  /// Groups the records of a run.
  package init(_ records: Records) {
    let ordinary = Set(records.samples.ordinary.map(\.attempt))
    for (place, sample) in records.samples.enumerated() {
      let isWarmup = sample.phase == .warmup
      let kind = ordinary.contains(sample.attempt) ? "" : sample.kind.label
      add(
        Key(
          file: Sample.fileName, mergeState: sample.mergeState, window: sample.window,
          subject: sample.path + kind + (isWarmup ? ", warm-up" : "")),
        "\(sample.path) at \(sample.window) (\(sample.mergeState))\(kind)"
          + (isWarmup ? ", warm-up" : ""),
        place)
    }
    for (place, insert) in records.inserts.enumerated() {
      add(
        Key(file: InsertSample.fileName, subject: insert.target.rawValue, leg: insert.legName),
        "\(insert.target.rawValue), leg '\(insert.legName)'", place)
    }
    for (place, merge) in records.merges.enumerated() {
      add(
        Key(file: MergeSample.fileName, subject: merge.target.rawValue, leg: merge.leg),
        "\(merge.target.rawValue), leg '\(merge.leg)'", place)
    }
    for (place, table) in records.storage.enumerated() {
      add(
        Key(file: StorageSample.fileName, mergeState: table.mergeState),
        "merge state \(table.mergeState)", place)
    }
    for (place, probe) in records.frontier.enumerated() {
      add(
        Key(file: MemoryLimitProbe.fileName, mergeState: probe.mergeState, subject: probe.path),
        "\(probe.path) (\(probe.mergeState))", place)
    }
  }

  private mutating func add(_ key: Key, _ title: @autoclosure () -> String, _ place: Int) {
    let group = places[key] ?? groups.count
    if group == groups.count {
      places[key] = group
      groups.append(RowGroup(file: key.file, title: title()))
    }
    // The first line is the header.
    groups[group].lines.append(place + 2)
  }

  /// The groups that a row of summary.csv was computed from, as places in ``groups``.
  package func places(of row: SummaryRow) -> [Int] {
    let subjects = row.subject.split(separator: "/").map(String.init)
    switch row.scope {
    case .export:
      return subjects.compactMap {
        places[
          Key(
            file: Sample.fileName, mergeState: row.mergeState, window: row.window, subject: $0)]
      }
    case .insert, .settled:
      let files = [InsertSample.fileName] + (row.scope == .settled ? [MergeSample.fileName] : [])
      return files.flatMap { file in
        subjects.compactMap { places[Key(file: file, subject: $0, leg: row.leg)] }
      }
    case .storage:
      return [places[Key(file: StorageSample.fileName, mergeState: row.mergeState)]]
        .compactMap(\.self)
    case .frontier:
      let path = row.subject.split(separator: " ").first.map(String.init)
      return (path?.split(separator: "/") ?? []).compactMap {
        places[
          Key(
            file: MemoryLimitProbe.fileName, mergeState: row.mergeState, subject: String($0))]
      }
    }
  }

  /// The groups that a step of an anatomy was computed from: the path's exports in its window, and
  /// its attempts that end with a stage.
  package func places(of row: StageRow) -> [Int] {
    let kinds = [""] + Stage.allCases.filter { $0 != .export }.map { AttemptKind.stage($0).label }
    return kinds.compactMap { kind in
      places[
        Key(
          file: Sample.fileName, mergeState: row.mergeState, window: row.window,
          subject: row.path + kind)]
    }
  }
}
