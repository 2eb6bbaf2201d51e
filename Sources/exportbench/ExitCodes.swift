// The exit codes of each command: one definition, of which the help is made. Tests compare it with
// docs/reference/commands.md and with what commands end with.

/// Which codes a command ends with, and what they mean there.
struct ExitCodes {
  /// By code, in ascending order.
  let codes: [(status: ExitStatus, meaning: String)]

  private init(
    refuted: String? = nil, inconclusive: String? = nil, input: String? = nil,
    server: String? = nil, stopped: Bool = false
  ) {
    let all: [(ExitStatus, String?)] = [
      (.done, "done"), (.refuted, refuted), (.inconclusive, inconclusive),
      (.usage, "wrong arguments"), (.input, input), (.server, server),
      (.fault, "a fault of exportbench"), (.output, "output that cannot be written"),
      (.stopped, stopped ? "--max-server-memory stopped it" : nil), (.interrupted, "interrupted"),
      (.readerGone, "the reader of standard output closed it"),
    ]
    codes = all.compactMap { status, meaning in meaning.map { (status, $0) } }
  }

  /// The paragraph of a command's help.
  var help: String {
    let list = codes.map { "\($0.status.rawValue) \($0.meaning)" }.joined(separator: "; ")
    return "EXIT CODES: \(list)."
  }

  private static let wrongRun = "a run's files cannot be read, or do not fit"
  private static let noServer = "the server or the engine cannot be used"

  static let run = ExitCodes(
    refuted: "with --gate: a claim is refuted, an attempt failed, or rows are wrong",
    inconclusive: "with --gate: a claim is inconclusive or unstable",
    input: "an input file, or a table that does not fit", server: noServer, stopped: true)
  static let load = ExitCodes(
    refuted: "a threshold is exceeded, or rows are lost or doubled",
    inconclusive: "a threshold cannot be judged, or the harness was the limit",
    input: "an input file", server: noServer, stopped: true)
  static let compare = ExitCodes(
    refuted: "a regression, failed attempts, wrong rows, or a missing cell",
    inconclusive: "a figure grew beyond its threshold, but that may be chance",
    input: "runs that cannot be read or compared",
    server: "the server or the engine of --confirm cannot be used", stopped: true)
  static let files = ExitCodes(input: wrongRun)
  static let cite = ExitCodes(
    refuted: "with --check: a figure is not what the run says", input: wrongRun)
  static let verify = ExitCodes(
    refuted: "with --gate: rows disagree; with --gate-drift: or columns differ",
    inconclusive: "with --gate: whether rows disagree could not be found out",
    input: "a Parquet file, or a table that does not fit", server: noServer, stopped: true)
  static let backfill = ExitCodes(
    refuted: "the view is not as it should be",
    input: "a view that cannot be filled row by row, or a backfill.csv that cannot be used",
    server: noServer, stopped: true)
  static let export = ExitCodes(
    input: "a path file, or a table that the path does not fit or that has no row of the project",
    server: "the server cannot be used, or its answer is incomplete or changed", stopped: true)
  static let generate = ExitCodes(input: "an input file", server: noServer, stopped: true)
  static let doctor = ExitCodes(server: "something stands in the way of a run", stopped: true)
  static let asking = ExitCodes(server: noServer, stopped: true)
  static let engine = ExitCodes(server: "the engine cannot be started, or ended by itself")
  static let list = ExitCodes(input: "an input file")
  static let plain = ExitCodes()
}
