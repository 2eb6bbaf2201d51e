// A capacity plan from runs made by hand: of two widths, and of writes.

import CapacityModel
import RunStore

extension HandMadeRun {
  /// The plan for a day as large as the largest window, or for one ten times as large.
  static func capacity(isFar: Bool = false) throws -> CapacityFindings {
    var question = try CapacityQuestion(
      rowsPerDay: isFar ? 1_000_000 : 20_000, versions: 1.5, rowBytes: 1200,
      retentionMs: 90 * 86_400_000, windowsMs: [3_600_000, 604_800_000])
    question.memoryLimitBytes = Double(400 << 20)
    question.peakBytes = Double(132 << 30)
    question.extrapolate = isFar
    question.parts = isFar ? 4 : nil
    var wide = CapacityRun(
      name: "wide", manifest: manifest(),
      records: Records(samples(), storage()))
    let narrow = CapacityRun(
      name: "narrow", manifest: manifest(),
      records: Records(
        samples().map { sample in
          var sample = sample
          sample.memoryPeakBytes = sample.memoryPeakBytes.map { $0 / 2 }
          sample.readBytes = sample.readBytes.map { $0 / 4 }
          return sample
        },
        storage().map { sample in
          var sample = sample
          sample.uncompressedBytes = sample.uncompressedBytes.map { $0 / 4 }
          return sample
        }))
    // One attempt of a path and state of which there are no others.
    var lone = samples()[0]
    lone.mergeState = "live"
    wide = CapacityRun(
      name: wide.name, manifest: wide.manifest,
      records: Records(
        wide.records.samples + [lone],
        inserts().map { sample in
          var sample = sample
          sample.sentBytes = 50_000_000
          return sample
        },
        storage()
          + storage().map { sample in
            var sample = sample
            sample.mergeState = "live"
            return sample
          }))
    return try CapacityFindings([wide, narrow], question)
  }
}
