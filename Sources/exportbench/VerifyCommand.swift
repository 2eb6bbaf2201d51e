// `exportbench verify`: compares a view with its table and the results of two export paths; writes
// nothing to the server.

import ArgumentParser
import ClickHouseClient
import Engine
import ExistingTables
import ExportPaths
import Failures
import Foundation
import Parquet
import Probes
import RunSession
import Verification
import Workspace

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compare a view with its table, or two files.",
    discussion: """
      Compares row counts, checksums and files of two export paths, and the schemas. Works on any \
      database with a table like Langfuse's observations and a materialized view of it. Needs \
      SELECT on both, on the view's inner table, on system.parts and system.merges (GRANT SELECT \
      ON db.*, SELECT ON system.* is enough). Queries are read-only, with limits of memory, time \
      and threads. Two Parquet files are sent to the server, compared there and not kept; without \
      a server --parquet starts an embedded one.

      EXAMPLE: exportbench verify --database mine --window 7d --gate

      EXAMPLE: exportbench verify --database mine --from 2026-09-01 --to 2026-09-01T12:00:00

      EXAMPLE: exportbench verify --parquet old.parquet new.parquet

      \(ExitCodes.verify.help)
      """)

  @OptionGroup var server: ServerOptions

  @Option(help: "Database of the table and the view.")
  var database = "exportbench"

  @Option(help: "Name of the table.")
  var table = Workspace.table

  @Option(help: "Name of the view.")
  var view = Workspace.view

  @Option(help: "Two export paths to compare, separated by a comma.")
  var paths = "limit-by,mv-final"

  @OptionGroup var rows: WindowOptions

  @Option(help: "Folder in which to keep the Parquet files.")
  var files: String?

  @Option(
    parsing: .upToNextOption, help: "Compare only these two Parquet files, by id.")
  var parquet: [String] = []

  @Option(help: "Checks to run: counts, checksums, files, drift (default: all).")
  var checks: String?

  @Option(help: "Differing ids to print of each kind, at most 1000.")
  var examples = 10

  @Flag(help: "Exit with 1 if rows differ, 2 if that cannot be determined.")
  var gate = false

  @Flag(help: "Like --gate, and exit with 1 if columns differ.")
  var gateDrift = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(help: "Print only the ALTER statements that fix the schema.")
  var alters = false

  func run() async throws {
    guard (0...1000).contains(examples) else {
      throw UserError.usage("--examples is \(examples); it must be from 0 to 1000")
    }
    guard !(json && alters) else {
      throw UserError.usage("--json and --alters exclude each other; give one of the two")
    }
    if parquet.isEmpty { try await verifyTables() } else { try await verifyFiles() }
  }

  private func verifyTables() async throws {
    let client = try server.clientOfTables(readOnly: true)
    let verification = try verification(by: client)
    let found = try await ServerMemoryGuard.watch(client) {
      try await verification.run { Terminal.say($0) }
    }
    let report = VerifyReport(found: found)
    if alters {
      try Output.text(found.script ?? "")
    } else {
      try Output.text(json ? Terminal.json(found) : report.text)
    }
    guard gate || gateDrift else { return }
    var reasons = found.disagreements
    if gateDrift, let drift = found.drift, !drift.differences.isEmpty {
      reasons.append("\(drift.differences.count) differences between the columns of table and view")
    }
    try Self.shut(reasons, found.unknowns)
  }

  private func verification(by client: Client) throws -> Verification {
    let names = paths.split(separator: ",").map(String.init)
    guard names.count == 2 else {
      throw UserError.usage("--paths \(paths) does not name two paths; write it like a,b")
    }
    let known = try Catalogue.paths(named: names)
    if let path = known.first(where: \.needsSession) {
      throw UserError.usage(
        "--paths has \(path.name), which writes to the server, and verify "
          + "only reads; choose a path of one statement")
    }
    let subject = ObservationTables(
      client: client, database: try Identifier(database), table: try Identifier(table),
      view: try Identifier(view))
    var verification = Verification(of: subject, paths: (known[0], known[1]))
    verification.project = rows.project
    verification.examples = examples
    verification.window = try rows.chosen()
    verification.checks = alters ? [.drift] : try chosenChecks()
    verification.files = files
    return verification
  }

  private func chosenChecks() throws -> Set<Verification.Check> {
    guard let checks else { return Set(Verification.Check.allCases) }
    var found: Set<Verification.Check> = []
    for name in checks.split(separator: ",") {
      guard let check = Verification.Check(rawValue: String(name)) else {
        let known = Verification.Check.allCases.map(\.rawValue).joined(separator: ", ")
        throw UserError.usage("--checks has '\(name)'; known checks: \(known)")
      }
      found.insert(check)
    }
    guard !found.isEmpty else {
      throw UserError.usage("--checks is empty; give at least one, or remove the option")
    }
    return found
  }

  private func verifyFiles() async throws {
    guard parquet.count == 2 else {
      throw UserError.usage("--parquet needs two files, and \(parquet.count) were given")
    }
    let (fileA, fileB) = (
      try ParquetFile(reading: parquet[0]), try ParquetFile(reading: parquet[1])
    )
    var endpoint = try server.endpoint()
    endpoint?.guards.isReadOnly = true
    let target =
      try endpoint.map { Target.remote($0) }
      ?? .embedded(try Engine.find(nil), try server.guards.guards())
    let folder = NSTemporaryDirectory() + "exportbench-verify-\(getpid())"
    let found = try await target.use(folder: folder, keep: false) { endpoint, _ in
      let client = Client(endpoint)
      return try await ServerMemoryGuard.watch(client) {
        try await Verification.compare(fileA, fileB, by: client, examples: examples)
      }
    }
    let text = VerifyReport.text(of: found, parquet[0], parquet[1]).joined(separator: "\n") + "\n"
    try Output.text(json ? Terminal.json(found) : text)
    guard gate || gateDrift, !found.agree else { return }
    try Self.shut(["the files differ"], [])
  }

  private static func shut(_ reasons: [String], _ unknowns: [String]) throws {
    for (sentences, status) in [(reasons, ExitStatus.refuted), (unknowns, .inconclusive)] {
      guard sentences.isEmpty else {
        throw GateFailure(status, "gate failed: \(sentences.joined(separator: "; "))")
      }
    }
  }
}
