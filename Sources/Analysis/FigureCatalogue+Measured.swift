// Figures of the records, by the names used in benchmarks.

import BenchmarkSpec
import RunStore
import StrictYAML

extension FigureCatalogue {
  package static let measured = FigureCatalogue(
    export: Sample.figures.map(\.name), insert: InsertSample.figures.map(\.name),
    settled: SettledRound.figures.map(\.name), storage: StorageSample.figures.map(\.name))
}

extension Benchmark {
  /// Reads and checks a benchmark that may name every figure of this version.
    try self.init(yaml: yaml, file: file, figures: .measured)
  }
}
