// What a benchmark asks about writes: legs of paired inserts. Runs nothing.

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

/// Everything that a benchmark asks about writes; nothing by default.
package struct Writes: Sendable, Equatable {
  package var legs: [WriteLeg] = []

  /// Whether nothing is asked.
  package var isEmpty: Bool { legs.isEmpty }

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
    if root.keys.contains("sustained"), let old = root.given("sustained") {
      throw try old.mapping { entry throws(DocumentError) in try SustainedInserts(entry) }
        .refusal(at: old)
    }
  }

  /// - Throws: ``UserError`` if a leg needs more rows than the dataset has.
  package func check(rows: Int, benchmark: String, dataset: String) throws {
    for leg in legs where leg.rowsPerRound > rows {
      throw UserError.input(
        "\(benchmark): the leg '\(leg.name)' inserts \(Count(leg.rowsPerRound)) rows into a "
          + "table, but the data has \(Count(rows)) (\(dataset)); reduce it, or give the dataset "
          + "more observations")
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
