// What several runs of one benchmark say together: one member for each version or dataset.

import CSVRecords

/// A run as a member of a sweep.
package struct SweepMember: Sendable {
  /// Its name, which is its folder's: `25.8`.
  package let name: String
  /// The run's conclusions.
  package let findings: Findings
  /// Where each path passes the baseline in peak memory.
  package let crossovers: [CrossoverWindow]

  /// The figure that crossovers are about.
  package static let figure = "memory_peak_bytes"

  package init(name: String, findings: Findings) {
    self.name = name
    self.findings = findings
    let baseline = findings.manifest.baseline
    crossovers = findings.manifest.paths.map(\.name).filter { $0 != baseline }.flatMap {
      CrossoverWindow.all(
        in: findings.summary, figure: Self.figure, subject: $0, baseline: baseline)
    }
  }
}

/// Several runs of one benchmark.
package struct SweepFindings: Sendable {
  /// The sweep's name, which is its folder's.
  package let name: String
  /// Its runs, in the order in which they were asked for.
  package let members: [SweepMember]

  /// Whether they were asked for together; runs that were not are put side by side all the same.
  package let isOneSweep: Bool

  package init(name: String, members: [SweepMember], isOneSweep: Bool = true) {
    self.name = name
    self.members = members
    self.isOneSweep = isOneSweep
  }

  /// The rows of the sweep's summary.csv.
  package var rows: [OfMember<SummaryRow>] {
    members.flatMap { member in
      member.findings.summary.rows.map { OfMember($0, member) }
    }
  }

  /// The rows of crossovers.csv.
  package var crossovers: [OfMember<CrossoverWindow>] {
    members.flatMap { member in member.crossovers.map { OfMember($0, member) } }
  }
}

/// A row with the member of the sweep that it belongs to.
package struct OfMember<Row: Recorded>: Recorded {
  /// The member's name.
  package var member = ""
  /// The server's version.
  package var engine = ""
  /// The dataset's file.
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
