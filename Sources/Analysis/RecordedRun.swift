// Reads a run's folder without changing it.

import CSVRecords
import Failures
import Files
import Foundation
import RunStore

package struct RecordedRun: Sendable {
  package let manifest: Manifest
  package let records: Records

  /// An incomplete last line of an interrupted run is skipped.
  package init(reading path: String) throws(UserError) {
    guard let manifest = try Self.manifest(in: path) else {
      if let member = try? SweepFolder.members(of: path).first {
        throw UserError(
          .input, "\(path) is a sweep of several runs; give one of them, such as \(member.path)")
      }
      do { _ = try Files.isFolder(path) } catch { throw UserError(error) }
      throw UserError(.input, "\(path) has no manifest.json; give the folder of a run")
    }
    self.manifest = manifest
    var records = Records()
    do {
      // A killed run may have an incomplete last line; a finished run has none.
      let lastLine: CSV.LastLine = manifest.complete ? .breakRequired : .tornIfUnbroken
      for kind in Records.kinds {
        try Self.read(kind, of: manifest, in: path, lastLine, into: &records)
      }
      try records.check(against: manifest, in: path)
    } catch { throw UserError(.input, "\(error)") }
    self.records = records
  }

  package func findings() throws(RecordError) -> Findings {
    try Findings(manifest: manifest, records: records)
  }

  /// Nil if the folder contains no run.
  package static func manifest(in path: String) throws(UserError) -> Manifest? {
    let file = "\(path)/manifest.json"
    do {
      return try Files.bytesIfThere(of: file).map { try Manifest(json: $0, file: file) }
    } catch { throw UserError(.input, "\(error)") }
  }

  private static func read<Record: Filed>(
    _ kind: Record.Type, of manifest: Manifest, in path: String, _ lastLine: CSV.LastLine,
    into records: inout Records
  ) throws {
    let name = "\(path)/\(kind.fileName(inSchema: manifest.schemaVersion))"
    guard let bytes = try Files.bytesIfThere(of: name) else { return }
    records[keyPath: kind.list] = try CSV.parse(
      kind, bytes, file: name, lastLine: lastLine
    ).records
  }
}
