// Conclusions over several runs of one benchmark.

import CSVRecords

package struct SweepMember: Sendable {
  /// Folder name, such as `25.8`.
  package let name: String
  package let findings: Findings

  package init(name: String, findings: Findings) {
    self.name = name
    self.findings = findings
  }
}

package struct SweepFindings: Sendable {
  package let name: String
  /// In the requested order.
  package let members: [SweepMember]

  /// False for runs that are only compared in a report.
  package let isOneSweep: Bool

  package init(name: String, members: [SweepMember], isOneSweep: Bool = true) {
    self.name = name
    self.members = members
    self.isOneSweep = isOneSweep
  }

  package var rows: [OfMember<SummaryRow>] {
    members.flatMap { member in
      member.findings.summary.rows.map { OfMember($0, member) }
    }
  }

  package var crossovers: [OfMember<Crossover>] {
    members.flatMap { member in member.findings.crossovers.map { OfMember($0, member) } }
  }
}

package struct OfMember<Row: Recorded>: Recorded {
  package var member = ""
  package var engine = ""
  package var dataset = ""
  package var row = Row()

  package init() {}

  init(_ row: Row, _ member: SweepMember) {
    self.row = row
    self.member = member.name
    engine = member.findings.manifest.engine.version
    dataset = member.findings.manifest.dataset.file
  }

  package static var columns: [CSVColumn<OfMember<Row>>] {
    Row.columns.map { CSVColumn($0, in: \.row) } + [
      CSVColumn("member", \.member),
      CSVColumn("engine", \.engine),
      CSVColumn("dataset", \.dataset),
    ]
  }
}

extension SweepFindings {
  /// The CSV files of the sweep's own folder.
  package var derivedFiles: [DerivedFile] {
    [DerivedFile("summary.csv", rows), DerivedFile("crossovers.csv", crossovers)]
  }
}
