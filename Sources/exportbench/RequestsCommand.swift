// `exportbench requests` (hidden): measures trivial queries per second, for `scripts/perf`.

import ArgumentParser
import ClickHouseClient
import Units

struct RequestsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "requests", abstract: "Measure the rate of trivial queries.", shouldDisplay: false)

  @OptionGroup var server: ServerOptions

  @Option(help: "Concurrent queries.")
  var connections = 16

  @Option(help: "Total number of queries.")
  var requests = 30_000

  func run() async throws {
    _ = try within(connections, of: "--connections", in: 1...1024)
    _ = try within(requests, of: "--requests", in: 1...1_000_000_000)
    let client = Client(try server.endpointOrAdvice(), connectionsMax: connections)
    let began = ContinuousClock.now
    try await withThrowingTaskGroup { group in
      for number in 0..<connections {
        group.addTask { [requests, connections] in
          for _ in stride(from: number, to: requests, by: connections) {
            try await client.execute(Query("SELECT 1"))
          }
        }
      }
      try await group.waitForAll()
    }
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    try Output.line("\(whole(Double(requests) / seconds)) requests/s")
  }
}
