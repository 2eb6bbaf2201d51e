// Coordinates the drivers of one load through a table on the server, in their common database.
//
// Each driver writes its steps and reads those of the others: whether the tables exist, when a
// phase starts by the server's clock, and the outcomes of batches. The first driver creates the
// tables, audits them at the end, and drops them.

import ClickHouseClient
import Failures
import Foundation
import HTTPTransport
import Units
import Workspace

struct DriverBarrier: Sendable {
  enum Step: String {
    /// The first driver's plan, before any phase.
    case plan
    /// The first driver has created the tables of a phase.
    case prepared
    /// The first batches are generated.
    case ready
    /// Start of a phase by the server's clock, in milliseconds since 1970.
    case begin
    /// Outcomes of the batches.
    case ended
    /// The driver has ended.
    case gone
    case alive
  }

  private struct Entry: Codable {
    let driver: Int
    let phase: Int
    let step: String
    let body: String
  }

  let driver: DriverShard
  private let client: Client
  private let database: Identifier
  private let clock = ContinuousClock()

  /// In the database of the measured tables.
  static let table = "observations_drivers"
  /// For waiting for another driver.
  private static let timeout: Duration = .seconds(600)
  /// Interval of heartbeats.
  private static let pulse: Duration = .seconds(3)
  /// A driver without heartbeats for this number of seconds has ended, if others sent some.
  private static let silence = 15
  /// Delay from the first driver's announcement to the start of a phase, so that all read it in
  /// time.
  private static let head: Duration = .seconds(1)

  /// The first driver creates and audits tables.
  var leads: Bool { driver.isFirst }

  /// Waits for the database of the first driver.
  ///
  /// - Throws: ``UserError`` after the timeout, or if exportbench did not create the database.
  static func database(
    of name: String, on client: Client, tell: (String) -> Void
  ) async throws -> Workspace {
    let database = try Workspace.database(of: name)
    let began = ContinuousClock.now
    if try await !Workspace.exists(database, on: client) {
      tell("waiting for the first driver to make \(database.name)")
    }
    while try await !Workspace.exists(database, on: client) {
      guard ContinuousClock.now - began < timeout else {
        throw UserError.server(
          "waited \(timeout) for the first driver to make \(database.name); start all of them "
            + "again")
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    return try await Workspace.open(database, on: client, create: false)
  }

  /// Creates the table, or waits for the first driver, and checks that the plans are equal.
  ///
  /// - Parameters:
  ///   - driver: which driver this is.
  ///   - plan: text of everything that must be equal.
  /// - Throws: ``UserError`` if the plans differ; ``ClickHouseError``.
  init(_ driver: DriverShard, in workspace: Workspace, plan: String) async throws {
    self.driver = driver
    // One table on one server: the first in the list of all drivers.
    client = Client(
      workspace.client.endpoints[0], connectionsMax: 2,
      timeouts: Timeouts(connect: .seconds(10), total: .seconds(60)))
    database = workspace.database
    let own = "\(driver.count) drivers\n\(plan)"
    if leads {
      let query = Query(
        """
        CREATE TABLE \(Self.table) (
          driver UInt16, phase UInt32, step String, body String, at DateTime64(3) DEFAULT now64(3))
        ENGINE = MergeTree ORDER BY (phase, step, driver)
        """, database: database.name)
      try await client.execute(query)
      try await post(.plan, 0, own)
    } else if try await wait(for: .plan, 0)[1] != own {
      try await post(.gone, 0)
      throw UserError.input(
        "the first driver has a different plan; start every driver with the same benchmark, "
          + "dataset and options, and the same number of drivers")
    }
  }

  func post(_ step: Step, _ phase: Int, _ body: String = "") async throws {
    let entry = Entry(driver: driver.number, phase: phase, step: step.rawValue, body: body)
    let query = Query(
      "INSERT INTO \(Self.table) FORMAT JSONEachRow", settings: ["async_insert": "0"],
      database: database.name)
    try await client.insert(query, from: bodySource(of: Array(try JSONEncoder().encode(entry))))
  }

  /// Sends heartbeats until the task is cancelled.
  func stayHeard() -> Task<Void, Never> {
    Task {
      while !Task.isCancelled {
        // Failures are ignored: other queries report an unreachable server.
        try? await post(.alive, 0)
        try? await Task.sleep(for: Self.pulse)
      }
    }
  }

  /// Waits for a step of other drivers.
  ///
  /// - Parameter count: number of drivers; 1 is the first driver.
  /// - Returns: their texts, by number.
  /// - Throws: ``UserError`` if a driver has ended, or after the timeout; ``ClickHouseError``.
  @discardableResult
  func wait(for step: Step, _ phase: Int, of count: Int = 1) async throws -> [Int: String] {
    let query = Query(
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
      ], database: database.name)
    let began = clock.now
    while true {
      let entries = try await entries(query)
      let gone = entries?.first { $0.step == Step.gone.rawValue }?.driver
      // The first driver drops the table at the end.
      if let gone = gone ?? (entries == nil && step != .plan ? 1 : nil) {
        throw UserError.server(
          "driver \(gone)/\(driver.count) ended early; start all of them again")
      }
      let found = entries ?? []
      if found.count >= count {
        return Dictionary(found.map { ($0.driver, $0.body) }) { first, _ in first }
      }
      guard clock.now - began < Self.timeout else {
        let missing = (1...driver.count).filter { number in !found.contains { $0.driver == number }
        }
        throw UserError.server(
          "waited \(Self.timeout) for driver \(missing.first ?? 1)/\(driver.count); start all of "
            + "them again")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// Nil while the table does not exist.
  private func entries(_ query: Query) async throws -> [Entry]? {
    do { return try await client.rows(query, as: Entry.self) } catch let error as ClickHouseError
      where ["UNKNOWN_TABLE", "UNKNOWN_DATABASE"].contains(error.serverException?.name ?? "")
    {
      return nil
    }
  }

  /// Waits until every driver is ready for a phase.
  ///
  /// - Returns: the start of the phase by this machine's clock, equal for all drivers to within
  ///   half the round trip to the server.
  /// - Throws: ``UserError`` after the timeout, or for entries of an earlier load;
  ///   ``ClickHouseError``.
  func beginning(of phase: Int) async throws -> ContinuousClock.Instant {
    try await post(.ready, phase)
    if leads {
      try await wait(for: .ready, phase, of: driver.count)
      let now = try await serverTime()
      let head = Int(Self.head / .milliseconds(1))
      try await post(.begin, phase, "\(now.milliseconds + head)")
    }
    guard let text = try await wait(for: .begin, phase)[1], let begin = Int(text) else {
      throw ClickHouseError.undecodable(
        "the first driver did not announce the start of phase \(phase)")
    }
    let now = try await serverTime()
    let ahead = Duration.milliseconds(begin - now.milliseconds)
    // Lag of a driver is visible in its figures.
    guard ahead > .seconds(-30), ahead < Self.timeout else {
      throw UserError.server(
        "\(database.name) has entries of an earlier load; stop all drivers, and remove it with: "
          + "exportbench cleanup --older-than 0s --database \(database.name)")
    }
    return now.at + ahead
  }

  /// Outcomes of the other drivers' batches after their phase; only the first driver reads them.
  func outcomes(
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

  /// Offset of the server's clock, from the fastest of several queries, assuming that it was read
  /// halfway.
  private func serverTime() async throws -> (milliseconds: Int, at: ContinuousClock.Instant) {
    var best: (milliseconds: Int, at: ContinuousClock.Instant, took: Duration)?
    for _ in 1...5 {
      let asked = clock.now
      let query = Query("SELECT toUnixTimestamp64Milli(now64(3)) AS now")
      guard let now = try await client.values(query, as: Int.self).first else { continue }
      let took = clock.now - asked
      if took < best?.took ?? .seconds(60) { best = (now, asked + took / 2, took) }
    }
    guard let best else { throw ClickHouseError.undecodable("the server did not return its time") }
    return (best.milliseconds, best.at)
  }
}
