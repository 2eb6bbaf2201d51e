// `exportbench profile`: derives a dataset file from the shape of an existing table.

import ArgumentParser
import ClickHouseClient
import Failures
import Files
import Foundation
import Probes
import Profiling
import Units
import Workspace

struct ProfileCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Derive a dataset file from a production table.",
    discussion: """
      Reads only aggregates, with limits of rows, bytes, time, memory and threads; GRANT SELECT ON \
      db.observations is enough. Writes nothing to the server. Returns counts, shares and \
      quantiles, never a value of a row. From a table above --max-rows it reads the newest days. \
      Use the file with run --dataset and generate. On a cluster (--cluster NAME) it reads all \
      shards.

      EXAMPLE: exportbench profile --database mine --output mine.yaml

      \(ExitCodes.asking.help)
      """)

  @OptionGroup var server: ServerOptions

  @Option(help: "Database of the table.")
  var database = "exportbench"

  @Option(help: "Name of the table.")
  var table = Workspace.table

  @Option(help: "Only rows of this project (default: all).")
  var project: String?

  @Option(help: "Name of the dataset.")
  var name = "profile"

  @Option(help: "File to write; must not exist (default: standard output).")
  var output: String?

  @Option(help: "Rows that one query may read.")
  var maxRows = "20M"

  @Option(help: "Uncompressed bytes that one query may read.")
  var maxBytes = "8GiB"

  @Option(help: "Memory limit of one query on the server.")
  var maxMemory = "2GiB"

  @Option(help: "Time limit of one query, in seconds.")
  var maxSeconds = 60

  @Option(help: "Threads of one query on the server.")
  var threads = 2

  func run() async throws {
    let limits = try readLimits()
    guard name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_-]{0,127}/) != nil else {
      throw UserError.usage(
        "--name is '\(name)'; a dataset's name contains only letters, digits, _ and -, "
          + "and begins with a letter")
    }
    if let output, FileManager.default.fileExists(atPath: output) {
      throw UserError.output("\(output) exists; remove it or choose another --output")
    }
    let client = try server.clientOfTables(
      readOnly: true,
      timeouts: Timeouts(connect: .seconds(10), idle: .seconds(maxSeconds + 60)))
    let profiler = Profiler(
      client: client,
      database: try Identifier(database), table: try Identifier(table), project: project,
      limits: limits, tell: { Terminal.say($0) })
    let profile = try await ServerMemoryGuard.watch(client) { try await profiler.run() }
    for reading in profile.readings { Terminal.say(Self.line(reading)) }
    let text = profile.yaml(name: name)
    guard let output else { return try Output.text(text) }
    try Self.write(text, to: output)
    Terminal.say("wrote \(output); next: exportbench generate \(output.shellWord)")
  }

  private func readLimits() throws -> ProfileLimits {
    var limits = ProfileLimits()
    // The server reads 0 as "no limit".
    limits.rowsMax = try Count(
      parsing: maxRows, of: "--max-rows", in: 1...1_000_000_000_000_000
    ).value
    limits.bytesMax = try ByteCount(parsing: maxBytes, of: "--max-bytes", in: 1...1 << 60).bytes
    limits.memoryMaxBytes = try ByteCount(
      parsing: maxMemory, of: "--max-memory", in: 64 << 20...1 << 50
    ).bytes
    limits.secondsMax = try within(maxSeconds, of: "--max-seconds", in: 1...3_600)
    limits.threadsMax = try within(threads, of: "--threads", in: 1...64)
    return limits
  }

  private static func line(_ reading: Profile.Reading) -> String {
    let rows = reading.rows.map { "\(Count($0)) rows" } ?? "rows unknown"
    let bytes = reading.bytes.map { "\(ByteCount($0))" } ?? "bytes unknown"
    let seconds = reading.seconds.map { "\(significant($0)) s" } ?? "time unknown"
    let peak =
      reading.memoryPeakBytes.map { "peak \(ByteCount($0))" }
      ?? "peak unknown (no right to read system.query_log)"
    return "\(reading.question): read \(rows), \(bytes) in \(seconds), \(peak)"
  }

  private static func write(_ text: String, to output: String) throws {
    let made = output + ".part"
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: made), options: .withoutOverwriting)
      try FileManager.default.moveItem(atPath: made, toPath: output)
    } catch {
      try? FileManager.default.removeItem(atPath: made)
      throw FileError(.write, output, error)
    }
  }
}
