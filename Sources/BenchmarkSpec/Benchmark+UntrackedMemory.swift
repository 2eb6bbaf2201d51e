// Notes on benchmarks with a non-default `max_untracked_memory`.

import ExportPaths

extension Benchmark {
  package var untrackedMemoryNotes: [String] {
    let legs = writes.legs.map { ($0.settings, "the leg '\($0.name)'") }
    return ([(settings, "the benchmark \(name)")] + legs).compactMap {
      UntrackedMemory.note($0.0, of: $0.1)
    }
  }
}

extension LoadBenchmark {
  package var untrackedMemoryNotes: [String] {
    [(settings, "the benchmark \(name)"), (ingestSettings, "'ingest' of the benchmark \(name)")]
      .compactMap { UntrackedMemory.note($0.0, of: $0.1) }
  }
}
