// The files that belong together, and the check that none of their records is missing.
//
// The manifest counts the records of each file. Runs of older versions have no counts: each record
// set checks its records against each other and against the manifest.

import CSVRecords

/// The kinds of record that one experiment writes.
package protocol RecordSet: Sendable {
  static var kinds: [any Filed.Type] { get }

  /// Checks what the counts of a manifest do not cover. The default checks nothing.
  ///
  /// - Throws: ``DamagedFile`` that names the kind of record and what its file lacks.
  static func check(_ records: Records, against manifest: Manifest) throws(DamagedFile)
}

extension RecordSet {
  package static func check(_ records: Records, against manifest: Manifest) throws(DamagedFile) {}
}

/// A file that lacks records or has them twice.
package struct DamagedFile: Error {
  let kind: any Filed.Type
  /// `it holds no record`.
  let finding: String

  package init(_ kind: any Filed.Type, _ finding: String) {
    (self.kind, self.finding) = (kind, finding)
  }
}

extension Manifest {
  /// Whether the run is complete, and older than counts.
  package var isCompleteWithoutCounts: Bool { complete && records == nil }
}

extension Records {
  /// Checks that no record is missing of which the manifest knows.
  ///
  /// - Parameters:
  ///   - manifest: the run's.
  ///   - sets: the record sets that the folder may hold.
  ///   - folder: the run's folder, for error messages.
  /// - Throws: ``RecordError`` that names the file and what it lacks.
  package func check(
    against manifest: Manifest, _ sets: [any RecordSet.Type], in folder: String
  ) throws(RecordError) {
    do throws(DamagedFile) {
      if let recorded = manifest.records {
        for set in sets {
          for kind in set.kinds {
            let former = kind.formerFileName.flatMap { recorded[$0] }
            try check(kind, recorded[kind.fileName] ?? former ?? 0, isComplete: manifest.complete)
          }
        }
      }
      for set in sets { try set.check(self, against: manifest) }
    } catch {
      throw RecordError(
        "\(folder)/\(error.kind.fileName(inSchema: manifest.schemaVersion)) is damaged: "
          + "\(error.finding); restore the folder from a copy, or measure again")
    }
  }

  private func check(
    _ kind: any Filed.Type, _ expected: Int, isComplete: Bool
  ) throws(DamagedFile) {
    let found = counts[kind.fileName] ?? 0
    // A run that was killed has recorded more than its manifest knows of.
    guard isComplete ? found != expected : found < expected else { return }
    throw DamagedFile(kind, "it has \(found) records, and manifest.json counts \(expected)")
  }
}
