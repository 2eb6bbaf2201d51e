// A run on existing tables by hand, some of whose answers are wrong.

import Analysis
import RunStore

extension HandMadeRun {
  /// The view's answer is wrong in content at 1h and in number at 6h, the table's at 7d; at 1d both
  /// are right.
  static func wrong() throws -> Findings {
    try Findings(manifest: wrongManifest(), records: wrongRecords())
  }

  static func wrongManifest() -> Manifest {
    var manifest = manifest()
    manifest.run = "wrong"
    manifest.dataset.existingTables = Manifest.ExistingRows(
      database: "shop", project: "project-0001", endMs: 1_788_220_800_000)
    manifest.dataset.existingTables?.reference =
      "the newest row of each id (by event_ts, unless is_deleted)"
    manifest.claims = manifest.claims.filter { ["memory-halved", "third"].contains($0.name) }
    return manifest
  }

  static func wrongRecords() -> Records {
    var records = Records(samples())
    for place in records.samples.indices {
      let sample = records.samples[place]
      guard sample.path == "mv-final", sample.window == "6h" else { continue }
      records.samples[place].status = .wrongRows
      records.samples[place].resultRows = 4_004
    }
    for (window, milliseconds) in windows {
      for path in ["limit-by", "mv-final"] {
        var check = VerificationSample()
        (check.mergeState, check.path, check.window) = ("fresh", path, window)
        (check.windowMs, check.columns) = (milliseconds, 18)
        (check.expectedRows, check.returnedRows, check.undecidableIDs) = (1_000, 1_000, 2)
        let isWrong = ["mv-final 1h", "mv-final 6h", "limit-by 7d"].contains("\(path) \(window)")
        if isWrong { (check.status, check.differentIDs) = (.wrongRows, 677) }
        records.verifications.append(check)
      }
    }
    func differ(_ path: String, _ window: String, _ shape: ExistingShape, _ kind: DifferenceKind) {
      var difference = DifferenceSample()
      (difference.mergeState, difference.path, difference.window) = ("fresh", path, window)
      (difference.shape, difference.kind) = (shape.rawValue, kind)
      (difference.ids, difference.exampleID) = (kind == .otherVersion ? 600 : 77, "id-1")
      records.differences.append(difference)
    }
    differ("mv-final", "1h", .olderRow, .otherVersion)
    differ("mv-final", "1h", .newestSurvives, .missing)
    differ("mv-final", "6h", .notInTable, .unexpected)
    differ("limit-by", "7d", .newestDeleted, .unexpected)
    return records
  }
}
