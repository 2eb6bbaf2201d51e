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
  /// Accepts the figures of all records.
  package init(yaml: String, file: String) throws(DocumentError) {
    try self.init(yaml: yaml, file: file, figures: .measured)
  }

  /// The same of a file whose `extends` is resolved.
  package init(_ document: ExtendedDocument) throws(DocumentError) {
    do { try self.init(yaml: document.text, file: document.name) } catch {
      throw document.located(error)
    }
  }
}
