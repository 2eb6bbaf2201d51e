// Where the drivers of one load meet: a table on the server, in the database that they share.
//
// Each writes down where it is and looks for the others. They need little of each other: that the
// tables are there, when a phase begins by the server's clock, and what became of the batches. The
// first of them makes the tables, looks at them at the end, and drops them.

import ClickHouseClient
import Failures
import Foundation
import HTTPTransport
import Units
import Workspace

/// One driver of several.
struct DriverBarrier: Sendable {
  /// What a driver writes down.
  package enum Step: String {
    /// The first driver's plan, before any phase.
    case plan
    /// The first driver has made the tables of a phase.
    case prepared
    /// The first batches are made.
    case ready
    /// When a phase begins: the server's clock, in milliseconds since 1970.
    case begin
    /// What became of the batches.
    case ended
    /// The driver goes no further.
    case gone
    case alive
  }

  private struct Entry: Codable {
    let driver: Int
    let phase: Int
    let step: String
    let body: String
  }

  package let driver: DriverShard
  private let client: Client
  private let database: Identifier
  private let clock = ContinuousClock()

  /// The table, beside those that are measured.
  package static let table = "observations_drivers"
  /// How long one driver waits for another.
  private static let timeout: Duration = .seconds(600)
  /// How often a driver says that it is there.
  private static let pulse: Duration = .seconds(3)
  /// Who has not been heard of for so many seconds, while others were, is gone without a word.
  private static let silence = 15
  /// From the word of the first driver to the beginning of a phase: enough for all to hear of it.
  private static let head: Duration = .seconds(1)

  /// Whether this is the driver that makes tables and looks at them.
  var leads: Bool { driver.isFirst }

  /// The database that the first driver makes, once it is there.
  ///
  /// - Throws: ``UserError`` where it does not come, or was not made by exportbench.
  package static func database(
    of name: String, on client: Client, tell: (String) -> Void
  ) async throws -> Workspace {
    let database = try Workspace.database(of: name)
    let began = ContinuousClock.now
    if try await !Workspace.exists(database, on: client) {
      tell("waiting for the first driver to make \(database.name)")
    }
    while try await !Workspace.exists(database, on: client) {
      guard ContinuousClock.now - began < timeout else {
        throw UserError(
          .server,
          "waited \(timeout) for the first driver to make \(database.name); begin all of them "
            + "again")
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    return try await Workspace.open(database, on: client, create: false)
  }

  /// Makes the table, or waits for the driver that does, and sees that both have the same plan.
  ///
  /// - Parameters:
  ///   - driver: which driver this is.
  ///   - workspace: the database, which the first driver has made.
  ///   - plan: everything that must be the same, as text.
  /// - Throws: ``UserError`` where the plans differ; ``ClickHouseError``.
  init(_ driver: DriverShard, in workspace: Workspace, plan: String) async throws {
    self.driver = driver
    // One table on one server, whichever of a cluster: the first that is named to all of them.
    client = Client(
      workspace.client.endpoints[0], connectionsMax: 2,
      timeouts: Timeouts(connect: .seconds(10), total: .seconds(60)))
    database = workspace.database
    let own = "\(driver.count) drivers\n\(plan)"
    if leads {
      var query = Query(
        """
        CREATE TABLE \(Self.table) (
          driver UInt16, phase UInt32, step String, body String, at DateTime64(3) DEFAULT now64(3))
        ENGINE = MergeTree ORDER BY (phase, step, driver)
        """)
      query.database = database.name
      try await client.execute(query)
      try await post(.plan, 0, own)
    } else if try await wait(for: .plan, 0)[1] != own {
      try await post(.gone, 0)
      throw UserError(
        .input,
        "the first driver has another plan; give every driver the same benchmark, dataset and "
          + "options, and the same number of drivers")
    }
  }

  /// Writes down where this driver is.
  package func post(_ step: Step, _ phase: Int, _ body: String = "") async throws {
    let entry = Entry(driver: driver.number, phase: phase, step: step.rawValue, body: body)
    var query = Query("INSERT INTO \(Self.table) FORMAT JSONEachRow")
    query.database = database.name
    query.settings["async_insert"] = "0"
    try await client.insert(query, from: bodySource(of: Array(try JSONEncoder().encode(entry))))
  }

  /// Says again and again that this driver is there, until the task is cancelled.
  func stayHeard() -> Task<Void, Never> {
    Task {
      while !Task.isCancelled {
        // A server that does not answer hears nobody; what matters fails elsewhere.
        try? await post(.alive, 0)
        try? await Task.sleep(for: Self.pulse)
      }
    }
  }

  /// Waits until so many drivers are there.
  ///
  /// - Parameters:
  ///   - step: where they are to be.
  ///   - phase: in which phase.
  ///   - count: how many; one is the first driver.
  /// - Returns: what they wrote, by their numbers.
  /// - Throws: ``UserError`` where one has ended, or does not come; ``ClickHouseError``.
  @discardableResult
  package func wait(for step: Step, _ phase: Int, of count: Int = 1) async throws -> [Int: String] {
    var query = Query(
      """
      SELECT toInt64(driver) AS driver, toInt64(phase) AS phase, step, body FROM \(Self.table)
      WHERE step = 'gone' OR step = {step: String} AND phase = {phase: UInt32}
      UNION ALL
      SELECT toInt64(driver), 0, 'gone', '' FROM \(Self.table) GROUP BY driver
      HAVING countIf(step = {step: String} AND phase = {phase: UInt32}) = 0
        AND max(at) < (SELECT max(at) FROM \(Self.table)) - toIntervalSecond({silence: UInt32})
      """,
      parameters: [
        "step": Parameter(step.rawValue), "phase": Parameter(phase),
        "silence": Parameter(Self.silence),
      ])
    query.database = database.name
    let began = clock.now
    while true {
      let entries = try await entries(query)
      let gone = entries?.first { $0.step == Step.gone.rawValue }?.driver
      // The first driver drops the table when it goes.
      if let gone = gone ?? (entries == nil && step != .plan ? 1 : nil) {
        throw UserError(
          .server, "driver \(gone)/\(driver.count) ended before its time; begin all of them again")
      }
      let found = entries ?? []
      if found.count >= count {
        return Dictionary(found.map { ($0.driver, $0.body) }) { first, _ in first }
      }
      guard clock.now - began < Self.timeout else {
        let missing = (1...driver.count).filter { number in !found.contains { $0.driver == number }
        }
        throw UserError(
          .server,
          "waited \(Self.timeout) for driver \(missing.first ?? 1)/\(driver.count); begin all of "
            + "them again")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// What is written; nil while the table is not there yet.
  private func entries(_ query: Query) async throws -> [Entry]? {
    do { return try await client.rows(query, as: Entry.self) } catch let error as ClickHouseError
      where ["UNKNOWN_TABLE", "UNKNOWN_DATABASE"].contains(error.serverException?.name ?? "")
    {
      return nil
    }
  }

  /// Waits until every driver is ready for a phase.
  ///
  /// - Returns: when it begins, a moment ahead, by this machine's clock: the same moment for all,
  ///   to within half of what a question to the server takes.
  /// - Throws: ``UserError`` where a driver does not come, or where what is written is an earlier
  ///   load's; ``ClickHouseError``.
  func beginning(of phase: Int) async throws -> ContinuousClock.Instant {
    try await post(.ready, phase)
    if leads {
      try await wait(for: .ready, phase, of: driver.count)
      let now = try await serverTime()
      let head = Int(Self.head / .milliseconds(1))
      try await post(.begin, phase, "\(now.milliseconds + head)")
    }
    guard let text = try await wait(for: .begin, phase)[1], let begin = Int(text) else {
      throw ClickHouseError.undecodable("the first driver did not say when phase \(phase) begins")
    }
    let now = try await serverTime()
    let ahead = Duration.milliseconds(begin - now.milliseconds)
    // A driver that is late says so in its figures.
    guard ahead > .seconds(-30), ahead < Self.timeout else {
      throw UserError(
        .server,
        "\(database.name) has what an earlier load left; end all drivers, and remove it with: "
          + "exportbench cleanup --older-than 0s --database \(database.name)")
    }
    return now.at + ahead
  }

  /// What became of the batches of all other drivers, once their phase has ended; the first driver
  /// asks, and the others only say what became of theirs.
  package func outcomes(
    of phase: Int, own: BatchAccounting.Outcomes
  ) async throws -> [BatchAccounting.Outcomes] {
    try await post(
      .ended, phase, String(decoding: try JSONEncoder().encode(own), as: UTF8.self))
    guard leads else { return [] }
    return try await wait(for: .ended, phase, of: driver.count)
      .filter { $0.key != driver.number }.map {
        try JSONDecoder().decode(BatchAccounting.Outcomes.self, from: Data($0.value.utf8))
      }
  }

  /// The server's clock at a moment of ours, by the quickest of a few answers: it was read halfway.
  private func serverTime() async throws -> (milliseconds: Int, at: ContinuousClock.Instant) {
    struct Row: Decodable { let now: Int }
    var best: (milliseconds: Int, at: ContinuousClock.Instant, took: Duration)?
    for _ in 1...5 {
      let asked = clock.now
      let query = Query("SELECT toUnixTimestamp64Milli(now64(3)) AS now")
      guard let row = try await client.rows(query, as: Row.self).first else { continue }
      let took = clock.now - asked
      if took < best?.took ?? .seconds(60) { best = (row.now, asked + took / 2, took) }
    }
    guard let best else { throw ClickHouseError.undecodable("the server did not tell the time") }
    return (best.milliseconds, best.at)
  }
}
