// What a comparison takes of a run: its description, and per cell how attempts ended and what they
// measured. As a file, it is the baseline that a project commits.

import CSVRecords
import RunStore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What comparisons look at.
package enum ComparedScope: String, CSVField, Codable, CaseIterable {
  case export, insert, settled, storage
}

/// A run as comparisons see it.
package struct Baseline: Codable, Equatable, Sendable {
  /// One path in one window and state of merges; one side of a leg of inserts; one table on disk.
  package struct Place: Codable, Hashable, Sendable {
    package var scope: ComparedScope
    /// The state of merges; nil for inserts.
    package var mergeState: String?
    /// The window as written; nil for all but exports.
    package var window: String?
    /// The leg; nil for all but inserts.
    package var leg: String?
    /// A path, insert target or role.
    package var subject: String

    /// `mv-final at 1d (fresh)`, `with_view insert (load)`, `view on disk (fresh)`.
    package var text: String {
      switch scope {
      case .export: "\(subject) at \(window ?? "–") (\(mergeState ?? "–"))"
      case .insert: "\(subject) insert (\(leg ?? "–"))"
      case .settled: "\(subject) until settled (\(leg ?? "–"))"
      case .storage: "\(subject) on disk (\(mergeState ?? "–"))"
      }
    }
  }

  /// A figure's values, in the order of the repeats.
  package struct Values: Codable, Equatable, Sendable {
    /// The figure's name: `memory_peak_bytes`.
    package var figure: String
    /// A few words for people.
    package var title: String
    /// The values that were measured.
    package var values: [Double]
  }

  /// How attempts at one place ended, and what they measured.
  package struct Group: Codable, Equatable, Sendable {
    package var place: Place
    /// Measured attempts, whatever their end.
    package var tried: Int
    /// Those that failed.
    package var failed: Int
    /// Attempts and checks by content that gave wrong rows.
    package var wrong: Int
    /// Checks by content that failed; nil of files of older versions, which count them as wrong.
    package var unchecked: Int?
    /// The figures that comparisons look at.
    package var figures: [Values]
  }

  /// What the run was.
  package var manifest: Manifest
  /// Everything that is compared, in the order of the run.
  package var groups: [Group]

  package init(manifest: Manifest, records: Records) {
    self.manifest = manifest
    let exports = exportCells(records, order: manifest.paths.map(\.name))
    let checks = AnswerChecks(records.verifications)
    groups = exports.flatMap { cell in
      Baseline.groups(cell, .export) { subject in
        let check = checks[cell.mergeState ?? "", subject, cell.window ?? ""]
        return check.map { [.ok, .wrongRows].contains($0.status) } ?? true
      }
    }
    groups += insertCells(records.inserts).flatMap { Baseline.groups($0, .insert) }
    groups += settledCells(records).flatMap { Baseline.groups($0, .settled) }
    groups += storageCells(records.storage).flatMap { cell in
      [TableRole.table, .view].compactMap { Baseline.group(cell, $0) }
    }
  }

  /// The figures that are compared: those that gate first, then those that are advice.
  package static let figures: [ComparedScope: (gates: [String], advice: [String])] = [
    .export: (
      ["memory_peak_bytes", "read_rows", "read_bytes"], ["client_wall_ms", "server_cpu_ms"]
    ),
    .insert: (
      ["memory_peak_bytes", "written_rows", "written_bytes"], ["client_wall_ms", "server_cpu_ms"]
    ),
    .settled: (["settled_written_rows", "settled_written_bytes"], ["settled_cpu_ms"]),
    .storage: (["rows", "on_disk_bytes"], ["parts"]),
  ]

  /// Pairs of inserts bring different rows, so what they write counts over the whole leg.
  package static let totals: Set<String> = ["written_rows", "written_bytes"]

  /// The names of all figures that are compared.
  package static var figureNames: [String] {
    ComparedScope.allCases.flatMap(names).uniqued()
  }

  private static func names(_ scope: ComparedScope) -> [String] {
    figures[scope].map { $0.gates + $0.advice } ?? []
  }

  private static func groups<Record>(
    _ cell: Cell<Record>, _ scope: ComparedScope,
    isChecked: (String) -> Bool = { _ in true }
  ) -> [Group] {
    let known = Record.figures
    return cell.subjects.filter { $0.tried > 0 }.map { subject in
      Group(
        place: Place(
          scope: scope, mergeState: cell.mergeState, window: cell.window, leg: cell.leg,
          subject: subject.name),
        tried: subject.tried, failed: subject.failed,
        wrong: subject.miscounted + (subject.wrongAnswer == nil ? 0 : 1),
        unchecked: isChecked(subject.name) ? 0 : 1,
        figures: names(scope).compactMap { name in
          guard let figure = known.first(where: { $0.name == name }) else { return nil }
          let values = subject.series(figure).values
          guard !values.isEmpty else { return nil }
          return Values(
            figure: name, title: figure.title,
            values: isTotal(name, scope) ? [values.reduce(0, +)] : values)
        })
    }
  }

  private static func group(_ cell: StorageCell, _ role: TableRole) -> Group? {
    let figures = StorageSample.figures.filter { names(.storage).contains($0.name) }
    let values = figures.compactMap { figure in
      cell.total(figure, role).map {
        Values(figure: figure.name, title: figure.title, values: [$0])
      }
    }
    guard !values.isEmpty else { return nil }
    return Group(
      place: Place(scope: .storage, mergeState: cell.mergeState, subject: role.rawValue),
      tried: 1, failed: 0, wrong: 0, unchecked: 0, figures: values)
  }
}

extension Baseline {
  /// The text of a baseline's file.
  package func json() throws(RecordError) -> String { try jsonText(of: self, named: "a baseline") }

  /// Reads a baseline's file. `file` is its name for error sentences.
  package init(json bytes: [UInt8], file: String) throws(RecordError) {
    do { self = try jsonDecoder.decode(Baseline.self, from: Data(bytes)) } catch {
      throw RecordError(
        "\(file) is no baseline; write one with: exportbench baseline RUN > \(file)")
    }
    try manifest.check(file)
    guard !groups.isEmpty else {
      throw RecordError("\(file) compares nothing; write it again with: exportbench baseline RUN")
    }
    guard Set(groups.map(\.place)).count == groups.count else {
      throw RecordError("\(file) has one place twice in 'groups'; restore it from a copy")
    }
    for (place, group) in groups.enumerated() where !group.isPossible {
      throw RecordError(
        "\(file): a number of 'groups.\(place)' (\(group.place.text)) is out of range; restore it "
          + "from a copy")
    }
  }

  /// The benchmark's short name: `gate`, of `Benchmarks/gate.yaml`.
  package var benchmark: String {
    let file = manifest.benchmark.file.split(separator: "/").last.map(String.init) ?? ""
    return file.hasSuffix(".yaml") ? String(file.dropLast(5)) : file
  }

  subscript(place: Place) -> Group? { groups.first { $0.place == place } }
}

extension Baseline.Group {
  /// Whether its counts and values can be what a run measured.
  fileprivate var isPossible: Bool {
    let range = 0...CSVColumn<Threshold>.numberMax
    return [tried, failed, wrong].allSatisfy { range.contains(Double($0)) }
      && figures.allSatisfy { $0.values.allSatisfy(range.contains) }
  }
}
