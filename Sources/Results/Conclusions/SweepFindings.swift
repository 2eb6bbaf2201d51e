// What several runs of one benchmark say together: one member for each version or dataset.

/// A run as a member of a sweep.
public struct SweepMember: Sendable {
  /// Its name, which is its folder's: `25.8`.
  public let name: String
  /// The run's conclusions.
  public let findings: Findings
  /// Where each path passes the baseline in peak memory.
  public let crossovers: [CrossoverWindow]

  /// The figure that crossovers are about.
  public static let figure = "memory_peak_bytes"

  /// Draws the further conclusions of a run.
  public init(name: String, findings: Findings) {
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
public struct SweepFindings: Sendable {
  /// The sweep's name, which is its folder's.
  public let name: String
  /// Its runs, in the order in which they were asked for.
  public let members: [SweepMember]

  /// Whether they were asked for together; runs that were not are put side by side all the same.
  public let isOneSweep: Bool

  /// Puts runs side by side.
  public init(name: String, members: [SweepMember], isOneSweep: Bool = true) {
    self.name = name
    self.members = members
    self.isOneSweep = isOneSweep
  }

  /// The rows of the sweep's summary.csv.
  public var rows: [OfMember<SummaryRow>] {
    members.flatMap { member in
      member.findings.summary.rows.map { OfMember($0, member) }
    }
  }

  /// The rows of crossovers.csv.
  public var crossovers: [OfMember<CrossoverWindow>] {
    members.flatMap { member in member.crossovers.map { OfMember($0, member) } }
  }
}

/// A row with the member of the sweep that it belongs to.
public struct OfMember<Row: Recorded>: Recorded {
  /// The member's name.
  public var member = ""
  /// The server's version.
  public var engine = ""
  /// The dataset's file.
  public var dataset = ""
  /// The row.
  public var row = Row()

  /// A row of which nothing is known yet.
  public init() {}

  init(_ row: Row, _ member: SweepMember) {
    self.row = row
    self.member = member.name
    engine = member.findings.manifest.engine.version
    dataset = member.findings.manifest.dataset.file
  }

  /// The row's own columns, and behind them the member's.
  public static var columns: [CSVColumn<OfMember<Row>>] {
    Row.columns.map { CSVColumn($0, in: \.row) } + [
      CSVColumn("member", \.member),
      CSVColumn("engine", \.engine),
      CSVColumn("dataset", \.dataset),
    ]
  }
}
