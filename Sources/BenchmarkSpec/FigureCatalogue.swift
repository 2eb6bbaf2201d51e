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

  /// Names of today by those that figures had in files of schema version 1.
  package static let formerNames = ["view_handed_rows": "view_input_rows"]

  static func check(_ name: String, in names: [String]) throws(RecordError) {
    guard !names.contains(name) else { return }
    throw RecordError(
      "there is no figure '\(name)'; write one of \(names.joined(separator: ", "))")
  }
}
