// `exportbench profile`: the shape of a table of observations, as a dataset's file.

import ArgumentParser
import ClickHouseClient
import Failures
import Files
import Foundation
import Probes
import Profiling
import Units
import Workspace

/// Measures a table, and writes a dataset that is like it.
struct ProfileCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Measure a production table, and write a dataset file that is like it.",
    discussion: """
      Reads aggregates only, with limits of rows, bytes, time, memory and threads, and may not \
      write; GRANT SELECT ON db.observations is enough. No value of any row leaves the server: \
      counts, shares and quantiles do. A table above --max-rows is read by its newest days. The \
      file goes to run --dataset and to generate. On a cluster (--cluster NAME) all shards are \
      read.

      EXAMPLE: exportbench profile --database mine --output ours.yaml

      \(ExitCodes.asking.help)
      """)

  @OptionGroup var server: ServerOptions

  @Option(help: "The database of the table.")
  var database = "exportbench"

  @Option(help: "The table.")
  var table = Workspace.table

  @Option(help: "Only the rows of this project; by default all.")
  var project: String?

  @Option(help: "The dataset's name, in its file.")
  var name = "profile"

  @Option(help: "The file to write; it must not exist. Standard output if it is left out.")
  var output: String?

  @Option(help: "Rows that one question may read.")
  var maxRows = "20M"

  @Option(help: "Uncompressed bytes that one question may read.")
  var maxBytes = "8GiB"

  @Option(help: "Memory of one question on the server.")
  var maxMemory = "2GiB"

  @Option(help: "Seconds of one question on the server.")
  var maxSeconds = 60

  @Option(help: "Threads of one question on the server.")
  var threads = 2

  func run() async throws {
    let limits = try readLimits()
    guard name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_-]{0,127}/) != nil else {
      throw UsageError(
        sentence: "--name is '\(name)'; a dataset's name has letters, digits, _ and - only, and "
          + "begins with a letter")
    }
    if let output, FileManager.default.fileExists(atPath: output) {
      throw UserError(.output, "\(output) is there already; remove it, or give another --output")
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
    // For the server, 0 is no limit.
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
