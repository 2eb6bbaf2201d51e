// The records of a run, file by file, and the protocol of a kind of record.

import CSVRecords

/// A kind of record with its own append-only file in the run's folder.
package protocol Filed: Recorded {
  /// The file's name: `samples.csv`.
  static var fileName: String { get }
  /// Its name in runs of schema version 1, where that was another.
  static var formerFileName: String? { get }
}

extension Filed {
  package static var formerFileName: String? { nil }

  /// The file's name in runs of a schema version.
  package static func fileName(inSchema version: Int) -> String {
    version < 2 ? formerFileName ?? fileName : fileName
  }
}

/// The lengths of a window that a file may hold, in milliseconds. Reports take logarithms of them.
let windowMsRange: ClosedRange<Double> = 1...CSVColumn<Manifest>.numberMax

/// The records of a run by their kind, each kind in the order of its file.
package struct Records: Sendable {
  /// By file name; a kind without records has no entry.
  private var lists: [String: any Collection & Sendable] = [:]

  /// `Records(samples, inserts)`: one list for each kind.
  package init<each Record: Filed>(_ lists: repeat [each Record]) {
    repeat self[(each Record).self] = each lists
  }

  /// The records of a kind; empty if there are none.
  package subscript<Record: Filed>(kind: Record.Type) -> [Record] {
    get { lists[kind.fileName] as? [Record] ?? [] }
    _modify {
      var list = self[kind]
      // With a second owner, every append would copy the list.
      lists[kind.fileName] = nil
      defer { if !list.isEmpty { lists[kind.fileName] = list } }
      yield &list
    }
  }

  /// Whether nothing has been measured yet.
  package var isEmpty: Bool { lists.isEmpty }

  /// How many records there are, by the name of their file; files without records are left out.
  package var counts: [String: Int] { lists.mapValues { $0.count } }
}
