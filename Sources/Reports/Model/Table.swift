// Tables, and their fields with tones and sources.

import Analysis

/// How a piece of text is meant.
enum Tone: Equatable {
  case plain, good, bad, warning, faint, strong
}

/// One field of a table.
package struct Field: Equatable {
  package var text = ""
  var tone = Tone.plain
  /// A share from 0 to 1 to draw instead of a text.
  var bar: Double?
  /// The row of summary.csv that the text comes from, where it comes from one.
  package var row: SummaryRow?
  /// The row of another derived file, likewise.
  package var cited: CitedRow?
}

/// A section of a page: what a table or a chart is about. Each experiment defines its own.
package struct Topic: Hashable, Sendable {
  /// Its name in addresses: `exports`.
  package let id: String
  package let title: String

  package init(id: String, title: String) { (self.id, self.title) = (id, title) }

  static let runs = Topic(id: "runs", title: "Runs and verdicts")
  static let other = Topic(id: "other", title: "Further tables")
}

/// A table with a title, and sentences below it.
package struct Table: Equatable {
  struct Heading: Equatable {
    package enum Kind: Equatable { case text, number, bar }
    package var text: String
    package var kind: Kind
    /// Where the table is too wide, columns go in this order; nil stays.
    var dropOrder: Int?
  }

  package var title: String
  var headings: [Heading]
  package var rows: [[Field]] = []
  /// The rows that begin a group: a window, say.
  var groupStarts: Set<Int> = []
  package var remarks: [Field] = []
  var topic = Topic.other
}

extension [Table] {
  /// The tables as parts of a topic.
  func about(_ topic: Topic) -> [Table] {
    map { table in
      var table = table
      table.topic = topic
      return table
    }
  }
}
