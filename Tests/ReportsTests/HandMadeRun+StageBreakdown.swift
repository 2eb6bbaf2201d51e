// A run by hand that measured stages and consumers.

import Analysis
import BenchmarkSpec
import RunStore

extension HandMadeRun {
  /// Two windows and two paths; sending lowers the peak of one of them, and one stage fails.
  static func anatomy() throws -> Findings {
    var manifest = manifest()
    manifest.run = "anatomy"
    manifest.claims = []
    let samples = samples(repeats: 9).filter { ["1h", "1d"].contains($0.window) }
    return try Findings(
      manifest: manifest, records: Records(samples.flatMap { kinds(of: $0) }))
  }

  private static func kinds(of export: Sample) -> [Sample] {
    let shares: [(AttemptKind, memory: Double, time: Double)] = [
      (.stage(.read), 0.3, 0.2), (.stage(.keys), 0.1, 0.3), (.stage(.deduplicate), 0.9, 0.6),
      (.stage(.encode), export.path == "mv-final" ? 1.1 : 0.95, 0.97), (.export(.file), 1, 1),
      (.export(.parts), 1, 1.1), (.export(.buffer), 1, 1),
    ]
    var whole = export
    whole.serverQueryMs = whole.clientWallMs
    whole.receivedBytes = 1000 * (whole.resultRows ?? 0)
    let others = shares.map { kind, memory, time in
      var sample = whole
      sample.kind = kind
      sample.memoryPeakBytes = whole.memoryPeakBytes.map { Int(Double($0) * memory) }
      sample.serverQueryMs = whole.serverQueryMs.map { $0 * time }
      guard let consumer = kind.consumer else { return sample }
      let held = consumer == .file ? 0 : whole.receivedBytes ?? 0
      sample.driverAllocatedPeakBytes = whole.driverAllocatedPeakBytes.map { $0 + held }
      guard consumer == .buffer, sample.window == "1d" else { return sample }
      (sample.status, sample.errorName) = (.failed, "CONSUMER_FULL")
      sample.errorMessage = "the answer has more bytes than the consumer 'buffer' keeps in memory"
      return sample
    }
    return [whole] + others
  }
}
