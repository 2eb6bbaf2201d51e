// A toy experiment: everything that a new kind of measurement brings.

import CSVRecords
@testable import Analysis
@testable import Reports
@testable import RunStore

/// One ping of the server on one connection: a row of toy.csv.
struct ToySample: Equatable, Measured, Filed {
  var connection = ""
  var number = 0
  var pingMs: Double?

  static let fileName = "toy.csv"

  static let columns: [CSVColumn<ToySample>] = [
    CSVColumn("connection", \.connection),
    CSVColumn("number", \.number),
    CSVColumn("ping_ms", \.pingMs, figure: "ping"),
  ]

  static let derivedFigures: [Figure<ToySample>] = []
}

/// Pings of the server on several connections.
struct ToyExperiment: Experiment {
  static let kinds: [any Filed.Type] = [ToySample.self]
  static let scope = SummaryScope(rawValue: "toy")

  let connections: [String]

  init(_ run: RecordedRun) { connections = run.records[ToySample.self].map(\.connection).uniqued() }

  static func check(_ records: Records, against manifest: Manifest) throws(DamagedFile) {
    for (place, sample) in records[ToySample.self].enumerated() where sample.number != place + 1 {
      throw DamagedFile(ToySample.self, "it lacks ping \(place + 1)")
    }
  }

  func summaryRows(_ run: RecordedRun) -> [SummaryRow] {
    let samples = run.records[ToySample.self]
    let subjects = connections.map { connection in
      var subject = Subject(connection, of: samples)
      for place in samples.indices where samples[place].connection == connection {
        subject.add(place, repeat: samples[place].number, status: .ok, error: nil)
      }
      return subject
    }
    return Cell(subjects: subjects).summaryRows(Self.scope, baseline: "")
  }

  static func listings(_ records: Records) -> [RowListing] {
    [
      RowListing(
        records[ToySample.self], columns: ["number", "ping_ms"],
        key: { source($0.connection) }, title: { "pings on \($0.connection)" })
    ]
  }

  static func sources(of row: SummaryRow) -> [RowGroup.Key] {
    row.scope == scope ? [source(row.subject)] : []
  }

  private static func source(_ connection: String) -> RowGroup.Key {
    RowGroup.Key(ToySample.self, subject: connection)
  }
}

extension ToyExperiment: ReportedExperiment {
  static let topics = [Topic(id: "pings", title: "Pings")]

  func tables(_ findings: Findings) -> [Table] {
    guard !connections.isEmpty else { return [] }
    var table = Table(
      title: "Pings",
      headings: [.text("connection"), .number("ping")])
    table.rows = connections.map {
      let row = findings.summary.row(Self.scope, figure: "ping_ms", subject: $0)
      return [Field($0, .strong), .figure(row)]
    }
    return [table].about(Self.topics[0])
  }
}
