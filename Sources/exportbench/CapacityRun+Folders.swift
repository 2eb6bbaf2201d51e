// Reads the runs of `exportbench capacity` and `exportbench regimes`: a sweep stands for its
// members.

import Analysis
import CapacityModel
import Failures
import Foundation

extension CapacityRun {
  /// - Throws: ``UserError`` for a run that is given twice; the errors of reading.
  static func all(in folders: [String]) throws -> [CapacityRun] {
    let found = try folders.flatMap { folder -> [(name: String, path: String)] in
      let trimmed = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
      let name = URL(fileURLWithPath: trimmed).lastPathComponent
      guard SweepFolder.isThere(trimmed) else { return [(name, trimmed)] }
      return try SweepFolder.manifest(in: trimmed).members.map {
        ("\(name)/\($0.name)", "\(trimmed)/\($0.name)")
      }
    }
    guard Set(found.map(\.path)).count == found.count else {
      throw UserError.usage("a run is given twice; give each run once")
    }
    return try found.map { name, path in
      let run = try RecordedRun(reading: path)
      return CapacityRun(name: name, manifest: run.manifest, records: run.records)
    }
  }
}
