// A run that asked about memory limits, made by hand: with searches that ended in every way.

import Analysis
import BenchmarkSpec
import RunStore
import Units

extension HandMadeRun {
  static func limits() throws -> Findings {
    var manifest = manifest()
    manifest.run = "frontier"
    manifest.claims = []
    var question = MemoryLimitQuestion()
    (question.probesMax, question.limitsBytes) = (14, [128 << 20, 2 << 30])
    manifest.memoryLimits = question
    manifest.dataset.spanMs = 30 * 86_400_000
    var records = Records(samples(repeats: 3).filter { ["1d", "7d"].contains($0.window) })
    let frontier = MemoryLimitSearch(
      question, paths: manifest.paths.map(\.name),
      windows: [86_400_000, 604_800_000].map(TimeSpan.init(milliseconds:)),
      spanMs: 30 * 86_400_000)
    // Cut short in the midst of the last search.
    while let next = frontier.next(in: "fresh", after: records), records.memoryLimits.count < 90 {
      records.memoryLimits.append(end(of: next))
    }
    return try Findings(manifest: manifest, records: records)
  }

  /// A sort that spills where its limit is under half of what it would take; a view that is noisy
  /// for a day and breaks for a week.
  private static func end(of probe: MemoryLimitProbe) -> MemoryLimitProbe {
    var probe = probe
    let days = Double(probe.windowMs) / 86_400_000
    let needed = probe.path == "mv-final" ? 170e6 + 30e6 * days : 60e6 + 40e6 * days
    let isNoisy = probe.path == "mv-final" && probe.window == "1d" && probe.probe.isMultiple(of: 3)
    probe.expectedRows = Int(10_000 * days)
    if Double(probe.limitBytes) < needed * (isNoisy ? 3 : 1) {
      (probe.status, probe.errorCode, probe.errorName) = (.refused, 241, "MEMORY_LIMIT_EXCEEDED")
      return probe
    }
    if probe.path == "mv-final" && probe.window == "7d" {
      (probe.status, probe.errorCode, probe.errorName) = (.failed, 241, "MEMORY_LIMIT_EXCEEDED")
      probe.errorMessage = "(total) memory limit exceeded: would use 7.1 GiB\u{1B}[31m"
      return probe
    }
    probe.clientWallMs = 100 * days
    probe.spilledBytes = probe.path == "limit-by" && days > 2 ? Int(9e6 * days) : 0
    return probe
  }
}
