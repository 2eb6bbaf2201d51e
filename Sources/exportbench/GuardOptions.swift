// Limits for a command on a shared server.

import ArgumentParser
import ClickHouseClient
import Failures
import Units

/// `--max-server-memory`, `--priority`, `--max-threads`.
struct GuardOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Stop when the server uses more memory in total, such as 8GiB: running queries are "
        + "killed and the exit code is 75.", valueName: "bytes"))
  var maxServerMemory: String?

  @Option(
    help: ArgumentHelp(
      "ClickHouse priority of all queries; a query waits for those with a smaller number.",
      valueName: "number"))
  var priority: Int?

  @Option(
    help: ArgumentHelp("Maximum threads of a query on the server.", valueName: "number"))
  var maxThreads: Int?

  func guards() throws -> Guards {
    var guards = Guards()
    guards.serverMemoryMaxBytes = try maxServerMemory.map {
      try ByteCount(parsing: $0, of: "--max-server-memory", in: 0...1 << 50).bytes
    }
    if guards.serverMemoryMaxBytes == 0 {
      throw UserError.usage("--max-server-memory is 0; every server uses more")
    }
    if let priority, !(1...1_000_000).contains(priority) {
      throw UserError.usage("--priority must be from 1 (highest) to 1000000")
    }
    if let maxThreads, !(1...1_024).contains(maxThreads) {
      throw UserError.usage("--max-threads must be from 1 to 1024")
    }
    (guards.priority, guards.threadsMax) = (priority, maxThreads)
    return guards
  }

  /// The guards of a resumed run. The server's memory limit may change, because no measurement
  /// depends on it.
  func resumed(with now: GuardOptions) -> GuardOptions {
    var guards = self
    guards.maxServerMemory = now.maxServerMemory ?? maxServerMemory
    return guards
  }

  /// A server started for a command has no other users, but shares the machine's memory.
  func refuseWithoutServer() throws {
    guard priority == nil, maxThreads == nil else {
      throw UserError.usage(
        "--priority and --max-threads are for a shared server; name it with --url, or remove them")
    }
  }
}
