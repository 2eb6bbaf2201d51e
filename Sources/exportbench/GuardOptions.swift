// How far a command may go on a server that others use too.

import ArgumentParser
import ClickHouseClient
import Units

/// `--max-server-memory`, `--priority`, `--max-threads`.
struct GuardOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Stop when the whole server, yours or the embedded one, uses more memory, such as 8GiB: "
        + "what runs is killed, and the exit code is 75.", valueName: "bytes"))
  var maxServerMemory: String?

  @Option(
    help: ArgumentHelp(
      "ClickHouse's priority of every query: it waits while one with a smaller number runs.",
      valueName: "number"))
  var priority: Int?

  @Option(
    help: ArgumentHelp("The most threads of a query on the server.", valueName: "number"))
  var maxThreads: Int?

  /// The bounds that were asked for.
  func guards() throws -> Guards {
    var guards = Guards()
    guards.serverMemoryMaxBytes = try maxServerMemory.map {
      try ByteCount(parsing: $0, of: "--max-server-memory", in: 0...1 << 50).bytes
    }
    if guards.serverMemoryMaxBytes == 0 {
      throw UsageError(sentence: "--max-server-memory is 0, which every server uses; raise it")
    }
    if let priority, !(1...1_000_000).contains(priority) {
      throw UsageError(sentence: "--priority is from 1, the most urgent, to 1000000")
    }
    if let maxThreads, !(1...1_024).contains(maxThreads) {
      throw UsageError(sentence: "--max-threads is from 1 to 1024")
    }
    (guards.priority, guards.threadsMax) = (priority, maxThreads)
    return guards
  }

  /// These bounds, as a run goes on with them: that of the server's memory may be another one,
  /// because nothing that is measured depends on it.
  func resumed(with now: GuardOptions) -> GuardOptions {
    var guards = self
    guards.maxServerMemory = now.maxServerMemory ?? maxServerMemory
    return guards
  }

  /// A server that is started for a command has no other users to give way to; the machine's memory
  /// is others' as well.
  func refuseWithoutServer() throws {
    guard priority == nil, maxThreads == nil else {
      throw UsageError(
        sentence: "--priority and --max-threads are for a server that others use; name it with "
          + "--url, or leave them out")
    }
  }
}
