// Benchmarks that count memory more coarsely than others.

import ExportPaths

extension Benchmark {
  /// What of a benchmark counts memory otherwise, a sentence each.
  package var untrackedMemoryNotes: [String] {
    let legs = writes.legs.map { ($0.settings, "the leg '\($0.name)'") }
    return ([(settings, "the benchmark \(name)")] + legs).compactMap {
      UntrackedMemory.note($0.0, of: $0.1)
    }
  }
}

extension LoadBenchmark {
  /// What of a load counts memory otherwise, a sentence each.
  package var untrackedMemoryNotes: [String] {
    [(settings, "the benchmark \(name)"), (ingestSettings, "'ingest' of the benchmark \(name)")]
      .compactMap { UntrackedMemory.note($0.0, of: $0.1) }
  }
}
