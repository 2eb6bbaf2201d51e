// Two runs by hand, of which the second has one of everything that a comparison can find.

import Analysis
import Foundation
import RunStore

extension HandMadeRun {
  /// Memory of `limit-by` at 1d grows for sure, that of `mv-final` by too few attempts to be sure;
  /// one window is missing, one attempt fails, and time doubles.
  static func comparison() throws -> Comparison {
    func samples(_ factor: Double, _ time: Double) -> [Sample] {
      (0..<6).flatMap { number -> [Sample] in
        [("limit-by", 1.0), ("mv-final", 0.5)].map { path, share in
          var sample = Sample()
          (sample.path, sample.window, sample.windowMs) = (path, "1d", 86_400_000)
          (sample.mergeState, sample.repeat) = ("fresh", number)
          let grown = path == "limit-by" ? factor : 1
          sample.memoryPeakBytes = Int(share * grown * Double((100 + number) << 20))
          sample.readRows = 7_253
          sample.clientWallMs = time * Double(80 + number)
          return sample
        }
      }
    }
    var base = samples(1, 1)
    var lost = base[0]
    (lost.window, lost.windowMs) = ("7d", 7 * 86_400_000)
    base.append(lost)
    var candidate = samples(1.4, 2)
    candidate[3].status = .failed
    for index in [1, 3, 5, 7, 9] { candidate[index].memoryPeakBytes = nil }
    candidate[11].memoryPeakBytes = 90 << 20
    return try Comparison(
      base: Baseline(manifest: manifest(), records: Records(base)),
      candidate: candidateBaseline(candidate))
  }

  /// The candidate as a run of its own, with another setting.
  static func candidateBaseline(_ samples: [Sample] = []) -> Baseline {
    var manifest = manifest()
    manifest.run = "candidate-2026-02-03T04-05-06Z"
    manifest.settings["export"]?["max_block_size"] = "65536"
    return Baseline(manifest: manifest, records: Records(samples))
  }
}
