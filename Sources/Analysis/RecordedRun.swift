// A run as its folder has it, read and not touched.

import CSVRecords
import Failures
import Files
import Foundation
import RunStore

/// What a run left behind.
package struct RecordedRun: Sendable {
  package let manifest: Manifest
  package let records: Records

  /// Reads a folder; a torn last line, of a run that was cut short, is left out.
  package init(reading path: String) throws(UserError) {
    guard let manifest = try Self.manifest(in: path) else {
      if let member = try? SweepFolder.members(of: path).first {
        throw UserError(
          .input, "\(path) is a sweep of several runs; name one of them, such as \(member.path)")
      }
      do { _ = try Files.isFolder(path) } catch { throw UserError(error) }
      throw UserError(.input, "\(path) holds no manifest.json, so it is no run; name its folder")
    }
    self.manifest = manifest
    var records = Records()
    do {
      // A run that was killed may have torn its last line; one that ended has not.
      let lastLine: CSV.LastLine = manifest.complete ? .breakRequired : .tornIfUnbroken
      for kind in Records.kinds { try Self.read(kind, in: path, lastLine, into: &records) }
      try records.check(against: manifest, in: path)
      if !records.timeline.isEmpty, manifest.sustainedInserts == nil {
        throw RecordError(
          "\(path)/manifest.json is damaged: timeline.csv has rows, and the benchmark's text has no "
            + "'sustained'; restore the folder from a copy, or measure again")
      }
    } catch { throw UserError(.input, "\(error)") }
    self.records = records
  }

  /// What follows from it.
  package func findings() throws(RecordError) -> Findings {
    try Findings(manifest: manifest, records: records)
  }

  /// What the run in a folder was; nil if the folder holds none.
  package static func manifest(in path: String) throws(UserError) -> Manifest? {
    let file = "\(path)/manifest.json"
    do {
      return try Files.bytesIfThere(of: file).map { try Manifest(json: $0, file: file) }
    } catch { throw UserError(.input, "\(error)") }
  }

  private static func read<Record: Filed>(
    _ kind: Record.Type, in path: String, _ lastLine: CSV.LastLine, into records: inout Records
  ) throws {
    let name = "\(path)/\(kind.fileName)"
    guard let bytes = try Files.bytesIfThere(of: name) else { return }
    records[keyPath: kind.list] = try CSV.parse(
      kind, bytes, file: name, lastLine: lastLine
    ).records
  }
}
