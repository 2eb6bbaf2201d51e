// Reads a run's folder, which it does not change.

import CSVRecords
import Failures
import Files
import Foundation
import RunStore

extension RecordedRun {
  /// Reads a folder. Leaves out a torn last line of a run that was cut short.
  package init(
    reading path: String, experiments: [any Experiment.Type] = Experiments.all
  ) throws(UserError) {
    guard let manifest = try Self.manifest(in: path) else {
      if let member = try? SweepFolder.members(of: path).first {
        throw UserError.input(
          "\(path) is a sweep of several runs; give one of them, such as \(member.path)")
      }
      do { _ = try Files.isFolder(path) } catch { throw UserError(error) }
      throw UserError.input("\(path) has no manifest.json; give the folder of a run")
    }
    var records = Records()
    do {
      // A killed run may have an incomplete last line; a finished run has none.
      let lastLine: CSV.LastLine = manifest.complete ? .breakRequired : .tornIfUnbroken
      for kind in experiments.flatMap({ $0.kinds }) {
        try Self.read(kind, of: manifest, in: path, lastLine, into: &records)
      }
      try records.check(against: manifest, experiments, in: path)
      if !records.timeline.isEmpty, manifest.sustainedInserts == nil {
        throw RecordError(
          "\(path)/manifest.json is damaged: timeline.csv has rows, and the benchmark's text has "
            + "no 'sustained'; restore the folder from a copy, or measure again")
      }
    } catch { throw UserError.input("\(error)") }
    self.init(manifest: manifest, records: records)
  }

  /// The conclusions from it.
  package func findings() throws(RecordError) -> Findings {
    try Findings(manifest: manifest, records: records)
  }

  /// Nil if the folder contains no run.
  package static func manifest(in path: String) throws(UserError) -> Manifest? {
    let file = "\(path)/manifest.json"
    do {
      return try Files.bytesIfThere(of: file).map { try Manifest(json: $0, file: file) }
    } catch { throw UserError.input("\(error)") }
  }

  private static func read<Record: Filed>(
    _ kind: Record.Type, of manifest: Manifest, in path: String, _ lastLine: CSV.LastLine,
    into records: inout Records
  ) throws {
    let name = "\(path)/\(kind.fileName(inSchema: manifest.schemaVersion))"
    guard let bytes = try Files.bytesIfThere(of: name) else { return }
    records[kind] = try CSV.parse(kind, bytes, file: name, lastLine: lastLine).records
  }
}

extension RunFolder {
  /// Resumes a run: reads the records in its folder, and cuts off a line that a crash tore.
  package convenience init(resuming path: String) throws(UserError) {
    try self.init(resuming: path, Experiments.all)
  }
}
