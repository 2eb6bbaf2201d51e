// What several tests make of the recorded runs in Tests/Fixtures.

import Analysis
import TestSupport

/// The text of a baseline, made of a recorded run.
func fixtureBaseline() throws -> String {
  let run = try RecordedRun(reading: "\(fixtures)/claim")
  return try Baseline(manifest: run.manifest, records: run.records).json()
}
