// Writes in a benchmark: legs of paired inserts, and a sustained load.

import Failures
import StrictYAML
import Units

/// Pairs of inserts of one size and mode, in rounds that start with empty tables.
package struct WriteLeg: Sendable, Equatable {
  /// Default: such as `1k sync`.
  package var name: String
  package var rowsPerInsert: Int
  package var mode: InsertMode
  /// Concurrent inserts on one side of a pair; 1 if synchronous.
  package var connections: Int
  /// Pairs per round.
  package var inserts: Int
  /// Each starts with empty tables and ends when merges have settled.
  package var rounds: Int
  package var settings: [String: String]

  /// Rows per round and table.
  package var rowsPerRound: Int { inserts * connections * rowsPerInsert }

  /// Maximum rows on one side of a pair, which are generated in memory beforehand.
  package static let rowsMax = 1_000_000

  package init(_ entry: Mapping) throws(DocumentError) {
    rowsPerInsert = try entry["rows_per_insert"].count(in: 1...Self.rowsMax)
    mode = try entry.given("mode")?.choice(of: InsertMode.self) ?? .sync
    connections = try connectionCount(entry, of: mode, rowsPerInsert)
    inserts = try entry.given("inserts")?.integer(in: 1...10_000) ?? 12
    rounds = try entry.given("rounds")?.integer(in: 1...1000) ?? 6
    settings = try entry.given("settings")?.texts() ?? [:]
    name = try entry.given("name")?.string() ?? "\(brief(rowsPerInsert)) \(mode.rawValue)"
    guard name != ReservedLeg.load, name != ReservedLeg.sustained else {
      throw try entry["name"].wrong("is '\(name)', which is reserved; choose another name")
    }
  }
}

/// Inserts at a constant rate into one table after the other, with merges enabled.
package struct Sustained: Sendable, Equatable {
  package var rowsPerInsert: Int
  /// Scheduled inserts per second.
  package var insertsPerSecond: Double
  /// For each table.
  package var duration: TimeSpan
  package var mode: InsertMode
  /// Maximum concurrent inserts; if all are busy, the next one is late.
  package var connections: Int
  package var settings: [String: String]

  /// Total number of scheduled inserts.
  package var inserts: Int {
    Int(insertsPerSecond * Double(duration.milliseconds) / 1000)
  }

  /// Rows per table if the server keeps up.
  package var rows: Int { inserts * rowsPerInsert }

  package init(_ entry: Mapping) throws(DocumentError) {
    rowsPerInsert = try entry["rows_per_insert"].count(in: 1...WriteLeg.rowsMax)
    insertsPerSecond = try entry["inserts_per_second"].number(in: 0.01...1000)
    duration = try entry["duration"].span(
      in: TimeSpan(milliseconds: 1000)...TimeSpan(milliseconds: 86_400_000))
    mode = try entry.given("mode")?.choice(of: InsertMode.self) ?? .sync
    connections = try entry.given("connections")?.integer(in: 1...64) ?? 4
    settings = try entry.given("settings")?.texts() ?? [:]
    guard inserts > 0 else {
      throw entry.wrong("'sustained' has no insert in \(duration); increase the duration")
    }
    guard connections * rowsPerInsert <= WriteLeg.rowsMax else { throw tooManyRows(entry) }
  }
}

package struct Writes: Sendable, Equatable {
  package var legs: [WriteLeg] = []
  package var sustained: Sustained?

  package var isEmpty: Bool { legs.isEmpty && sustained == nil }

  package init() {}

  package init(_ root: Mapping) throws(DocumentError) {
    legs =
      try root.given("writes")?.list { value throws(DocumentError) in
        try value.mapping { entry throws(DocumentError) in try WriteLeg(entry) }
      } ?? []
    for (position, leg) in legs.enumerated() where legs[..<position].contains(named: leg.name) {
      throw try root["writes"].wrong(
        "has two legs named '\(leg.name)'; give one of them another 'name'")
    }
    sustained = try root.given("sustained")?.mapping { entry throws(DocumentError) in
      try Sustained(entry)
    }
  }

  /// - Throws: ``UserError`` if a leg needs more rows than the dataset has.
  package func check(rows: Int, benchmark: String, dataset: String) throws {
    let wanted =
      legs.map { ("the leg '\($0.name)'", $0.rowsPerRound) }
      + [sustained].compactMap { $0.map { ("'sustained'", $0.rows) } }
    for (what, needed) in wanted where needed > rows {
      throw UserError(
        .input,
        "\(benchmark): \(what) inserts \(Count(needed)) rows into a table, but the data has "
          + "\(Count(rows)) (\(dataset)); reduce it, or give the dataset more observations")
    }
  }
}

extension ArraySlice<WriteLeg> {
  fileprivate func contains(named name: String) -> Bool { contains { $0.name == name } }
}

private func connectionCount(
  _ entry: Mapping, of mode: InsertMode, _ rowsPerInsert: Int
) throws(DocumentError) -> Int {
  let given = try entry.given("connections")?.integer(in: 1...64)
  guard mode == .async else {
    guard given == nil else {
      throw try entry["connections"].wrong(
        "is for 'mode: async', in which the server collects several inserts; remove it")
    }
    return 1
  }
  guard (given ?? 4) * rowsPerInsert <= WriteLeg.rowsMax else { throw tooManyRows(entry) }
  return given ?? 4
}

private func tooManyRows(_ entry: Mapping) -> DocumentError {
  entry.wrong(
    "connections × rows_per_insert is more than \(Count(WriteLeg.rowsMax)) rows, which are "
      + "generated in memory; reduce one of them")
}

/// For example `1k`, `250k`, `1M`, `1500`.
private func brief(_ rows: Int) -> String {
  for (suffix, scale) in [("M", 1_000_000), ("k", 1000)] where rows.isMultiple(of: scale) {
    return "\(rows / scale)\(suffix)"
  }
  return "\(rows)"
}
