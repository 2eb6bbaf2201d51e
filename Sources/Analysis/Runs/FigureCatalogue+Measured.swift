// The figures that records have, as benchmarks name them.

import BenchmarkSpec
import RunStore
import StrictYAML

extension FigureCatalogue {
  /// Every figure of this version.
  package static let measured = FigureCatalogue(
    export: Sample.figures.map(\.name), insert: InsertSample.figures.map(\.name),
    settled: SettledRound.figures.map(\.name), storage: StorageSample.figures.map(\.name))
}

extension Benchmark {
  /// Reads and checks a benchmark that may name every figure of this version.
  package init(yaml: String, file: String) throws(DocumentError) {
    try self.init(yaml: yaml, file: file, figures: .measured)
  }
}
