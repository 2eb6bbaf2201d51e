// Exit codes of each command, from which the help is generated. Tests compare them with
// docs/reference/commands.md and with the codes that commands end with.

struct ExitCodes {
  /// In ascending order.
  let codes: [(status: ExitStatus, meaning: String)]

  private init(
    refuted: String? = nil, inconclusive: String? = nil, input: String? = nil,
    server: String? = nil, stopped: Bool = false
  ) {
    let all: [(ExitStatus, String?)] = [
      (.done, "done"), (.refuted, refuted), (.inconclusive, inconclusive),
      (.usage, "wrong arguments"), (.input, input), (.server, server),
      (.fault, "an internal error"), (.output, "output that cannot be written"),
      (.stopped, stopped ? "--max-server-memory stopped it" : nil), (.interrupted, "interrupted"),
      (.readerGone, "the reader of standard output closed it"),
    ]
    codes = all.compactMap { status, meaning in meaning.map { (status, $0) } }
  }

  var help: String {
    let list = codes.map { "\($0.status.rawValue) \($0.meaning)" }.joined(separator: "; ")
    return "EXIT CODES: \(list)."
  }

  private static let wrongRun = "the files of a run are unreadable or inconsistent"
  private static let noServer = "the server or engine is not usable"

  static let run = ExitCodes(
    refuted: "with --gate: a claim is refuted, an attempt failed, or rows are wrong",
    inconclusive: "with --gate: a claim is inconclusive or unstable",
    input: "an invalid input file or table", server: noServer, stopped: true)
  static let load = ExitCodes(
    refuted: "a threshold is exceeded, or rows are lost or doubled",
    inconclusive: "a threshold cannot be judged, or the harness was the bottleneck",
    input: "an invalid input file", server: noServer, stopped: true)
  static let compare = ExitCodes(
    refuted: "a regression, failed attempts, wrong rows, or a missing cell",
    inconclusive: "a figure grew beyond its threshold, possibly by chance",
    input: "runs that are unreadable or not comparable",
    server: "the server or the engine of --confirm is not usable", stopped: true)
  static let files = ExitCodes(input: wrongRun)
  static let cite = ExitCodes(
    refuted: "with --check: a figure differs from the run", input: wrongRun)
  static let verify = ExitCodes(
    refuted: "with --gate: rows differ; with --gate-drift: or columns differ",
    inconclusive: "with --gate: rows could not be compared",
    input: "an invalid Parquet file or table", server: noServer, stopped: true)
  static let backfill = ExitCodes(
    refuted: "the view differs from its table",
    input: "a view that cannot be backfilled, or an invalid backfill.csv",
    server: noServer, stopped: true)
  static let export = ExitCodes(
    input: "an invalid path file, or a table without the path's columns or the project's rows",
    server: "the server is not usable, or its answer incomplete or altered", stopped: true)
  static let generate = ExitCodes(input: "an invalid input file", server: noServer, stopped: true)
  static let doctor = ExitCodes(server: "a run is not possible", stopped: true)
  static let asking = ExitCodes(server: noServer, stopped: true)
  static let engine = ExitCodes(server: "the engine did not start, or stopped unexpectedly")
  static let list = ExitCodes(input: "an invalid input file")
  static let plain = ExitCodes()
}
