// Completes the files of a finished run.

import Probes
import Analysis
import RunStore
import Units

extension RunFolder {
  /// Completes the manifest and writes the findings.
  ///
  /// - Parameters:
  ///   - manifest: receives the end time and the harness's resources.
  ///   - wallMs: duration, in milliseconds.
  ///   - driverRSSPeakBytes: maximum resident set of this process.
  /// - Throws: ``UserError`` if a file cannot be written; ``RecordError``.
  package func finish(
    _ manifest: inout Manifest, wallMs: Double, driverRSSPeakBytes: Int?
  ) throws -> Findings {
    manifest.finishedAt = timestamp()
    manifest.harness = Manifest.Harness(
      cpuMs: ownCPUMs(), wallMs: wallMs, rssPeakBytes: driverRSSPeakBytes, bottleneck: nil)
    let findings = try conclude(manifest)
    try write(&manifest)
    return findings
  }

  /// Includes the number of records per file.
  package func write(_ manifest: inout Manifest) throws {
    manifest.records = records.counts
    try write(try manifest.json(), to: "manifest.json")
  }

  /// Computes the findings and writes the derived CSV files.
  package func conclude(_ manifest: Manifest) throws -> Findings {
    let findings = try Findings(manifest: manifest, records: records)
    for file in findings.derivedFiles { try write(file.text, to: file.name) }
    return findings
  }
}
