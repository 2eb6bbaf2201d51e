// What a report says, before any format: facts, tables, failures and claims, already put in words.
//
// Every format prints the same model. It decides no number and no verdict.

/// A fact about a run: its name, and a text.
typealias Fact = (name: String, text: String)

/// Things that went wrong, under one title.
struct TroubleList: Equatable {
  let title: String
  let tone: Tone
  var items: [String]

  /// Failed attempts, and those with wrong rows.
  static func failures(_ items: [String]) -> TroubleList {
    TroubleList(title: "Failed attempts and wrong rows", tone: .bad, items: items)
  }

  /// Puts lists of one title together, and leaves out empty ones.
  static func merged(_ lists: [TroubleList]) -> [TroubleList] {
    lists.grouped(by: \.title).compactMap { _, same in
      var all = same[0]
      all.items = same.flatMap(\.items)
      return all.items.isEmpty ? nil : all
    }
  }
}

/// What a report is written about.
package protocol Reportable {
  var report: ReportModel { get }

  /// What the report was measured in; empty if this is in reports of its parts.
  var environments: [Environment] { get }
}

extension Reportable {
  package var environments: [Environment] { [] }
}

/// The content of a report.
package struct ReportModel {
  var title: String
  var facts: [Fact]
  var warnings: [String] = []
  package var tables: [Table]
  /// The sections of a page, in their order.
  var topics: [Topic] = []
  var troubles: [TroubleList] = []
  var claims: [ClaimLine] = []
  var footnotes: [String] = []
}
