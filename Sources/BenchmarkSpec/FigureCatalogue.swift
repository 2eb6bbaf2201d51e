// Names of figures by kind of record. Records define them; benchmarks refer to them.

import CSVRecords

package struct FigureCatalogue: Sendable {
  package let export: [String]
  package let insert: [String]
  package let settled: [String]
  package let storage: [String]

  package init(export: [String], insert: [String], settled: [String], storage: [String]) {
    (self.export, self.insert) = (export, insert)
    (self.settled, self.storage) = (settled, storage)
  }

  static func check(_ name: String, in names: [String]) throws(RecordError) {
    guard !names.contains(name) else { return }
    throw RecordError(
      "there is no figure '\(name)'; write one of \(names.joined(separator: ", "))")
  }
}
