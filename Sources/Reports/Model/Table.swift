// Tables, and their fields with tones and sources.

import Analysis

/// How a piece of text is meant.
enum Tone: Equatable {
  case plain, good, bad, warning, faint, strong
}

/// One field of a table.
package struct Field: Equatable {
  package var text: String
  var tone: Tone
  /// A share from 0 to 1 to draw instead of a text.
  var bar: Double?
  /// The row of summary.csv that the text comes from, where it comes from one.
  package var row: SummaryRow?
  /// The row of another derived file, likewise.
  package var cited: CitedRow?

  init(
    _ text: String = "", _ tone: Tone = .plain, bar: Double? = nil, row: SummaryRow? = nil,
    cited: CitedRow? = nil
  ) {
    (self.text, self.tone, self.bar, self.row, self.cited) = (text, tone, bar, row, cited)
  }
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

    static func text(_ text: String, drop order: Int? = nil) -> Heading {
      Heading(text: text, kind: .text, dropOrder: order)
    }

    static func number(_ text: String, drop order: Int? = nil) -> Heading {
      Heading(text: text, kind: .number, dropOrder: order)
    }

    static func bar(drop order: Int? = nil) -> Heading {
      Heading(text: "", kind: .bar, dropOrder: order)
    }
  }

  package var title: String
  var headings: [Heading]
  package var rows: [[Field]] = []
  /// The rows that begin a group: a window, say.
  var groupStarts: Set<Int> = []
  package var remarks: [Field] = []
  var topic = Topic.other

  /// Adds a sentence below the rows.
  mutating func remark(_ text: String, _ tone: Tone = .faint) { remarks.append(Field(text, tone)) }

  /// Adds rows that belong together. The title is the first field of the first of them.
  mutating func append(group title: String, _ members: [[Field]]) {
    groupStarts.insert(rows.count)
    rows += members.enumerated().map { [Field($0 == 0 ? title : "", .strong)] + $1 }
  }
}

extension Sequence {
  /// The runs of neighbours with the same key.
  func runs<Key: Equatable>(by key: (Element) -> Key) -> [[Element]] {
    reduce(into: []) { runs, element in
      if let last = runs.last?.last, key(last) == key(element) {
        runs[runs.count - 1].append(element)
      } else {
        runs.append([element])
      }
    }
  }
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
