// The part of a run that comparisons use: the manifest, outcomes and figures per cell. Saved as a
// baseline file.

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
  /// A path in a window and merge state, a side of an insert leg, or a table on disk.
  package struct Place: Codable, Hashable, Sendable {
    package var scope: ComparedScope
    /// Nil for inserts.
    package var mergeState: String?
    /// Nil except for exports.
    package var window: String?
    /// Nil except for inserts.
    package var leg: String?
    package var subject: String

    /// For example `mv-final at 1d (fresh)`, `with_view insert (load)`, `view on disk (fresh)`.
    package var text: String {
      switch scope {
      case .export: "\(subject) at \(window ?? "–") (\(mergeState ?? "–"))"
      case .insert: "\(subject) insert (\(leg ?? "–"))"
      case .settled: "\(subject) until settled (\(leg ?? "–"))"
      case .storage: "\(subject) on disk (\(mergeState ?? "–"))"
      }
    }
  }

  /// In the order of the repeats.
  package struct Values: Codable, Equatable, Sendable {
    /// For example `memory_peak_bytes`.
    package var figure: String
    package var title: String
    package var values: [Double]
  }

  package struct Group: Codable, Equatable, Sendable {
    package var place: Place
    /// Measured attempts with any outcome.
    package var tried: Int
    package var failed: Int
    /// Attempts and content checks with wrong rows.
    package var wrong: Int
    /// Failed content checks; nil in files of older versions, which count them as wrong.
    package var unchecked: Int?
    package var figures: [Values]
  }

  package var manifest: Manifest
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

  /// Gating figures first, then advisory ones.
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

  /// Pairs of inserts have different rows, so written amounts are summed over the leg.
  package static let totals: Set<String> = ["written_rows", "written_bytes"]

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
  package func json() throws(RecordError) -> String { try jsonText(of: self, named: "a baseline") }

  /// - Parameter file: for error messages.
  package init(json bytes: [UInt8], file: String) throws(RecordError) {
    do { self = try jsonDecoder.decode(Baseline.self, from: Data(bytes)) } catch {
      throw RecordError(
        "\(file) is not a baseline file; write one with: exportbench baseline RUN > \(file)")
    }
    try manifest.check(file)
    guard !groups.isEmpty else {
      throw RecordError("\(file) contains no cell; write it again with: exportbench baseline RUN")
    }
    guard Set(groups.map(\.place)).count == groups.count else {
      throw RecordError("\(file) has a duplicate cell in 'groups'; restore it from a copy")
    }
    for (place, group) in groups.enumerated() where !group.isPossible {
      throw RecordError(
        "\(file): a number of 'groups.\(place)' (\(group.place.text)) is out of range; restore it "
          + "from a copy")
    }
  }

  /// For example `gate` for `Benchmarks/gate.yaml`.
  package var benchmark: String {
    let file = manifest.benchmark.file.split(separator: "/").last.map(String.init) ?? ""
    return file.hasSuffix(".yaml") ? String(file.dropLast(5)) : file
  }

  subscript(place: Place) -> Group? { groups.first { $0.place == place } }
}

extension Baseline.Group {
  /// Plausibility of counts and values.
  fileprivate var isPossible: Bool {
    let range = 0...CSVColumn<Threshold>.numberMax
    return [tried, failed, wrong].allSatisfy { range.contains(Double($0)) }
      && figures.allSatisfy { $0.values.allSatisfy(range.contains) }
  }
}
