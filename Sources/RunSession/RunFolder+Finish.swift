// Completes the files of a run that ended.

import Probes
import Analysis
import RunStore
import Units

extension RunFolder {
  /// Completes the manifest, draws the conclusions, and writes both.
  ///
  /// - Parameters:
  ///   - manifest: what is known of the run; gets when it ended and what the harness took.
  ///   - wallMs: how long it took, in milliseconds.
  ///   - driverRSSPeakBytes: the highest resident set of this process.
  /// - Returns: the conclusions.
  /// - Throws: ``UserError`` where a file cannot be written, ``RecordError``.
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

  /// Writes the manifest, with the counts of what is recorded.
  package func write(_ manifest: inout Manifest) throws {
    manifest.records = records.counts
    try write(try manifest.json(), to: "manifest.json")
  }

  /// Draws the conclusions from what is recorded, and writes the CSV files that follow from
  /// them.
  package func conclude(_ manifest: Manifest) throws -> Findings {
    let findings = try Findings(manifest: manifest, records: records)
    for file in findings.derivedFiles { try write(file.text, to: file.name) }
    return findings
  }
}
