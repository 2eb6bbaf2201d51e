// What a benchmark asks about writes: legs of paired inserts, and a sustained load. Runs nothing.

import Failures
import StrictYAML
import Units

/// Pairs of inserts of one size and kind, in rounds that each begin with empty tables.
package struct WriteLeg: Sendable, Equatable {
  /// What files and reports call it: `1k sync`, unless the benchmark says otherwise.
  package var name: String
  package var rowsPerInsert: Int
  /// Synchronous or not.
  package var mode: InsertMode
  /// Inserts that are under way at once and together are one side of a pair; 1 if synchronous.
  package var connections: Int
  /// Pairs in one round.
  package var inserts: Int
  /// Rounds, each with empty tables at its beginning and settled merges at its end.
  package var rounds: Int
  /// Settings of every insert, by name.
  package var settings: [String: String]

  /// Rows that one round puts into each of the two tables.
  package var rowsPerRound: Int { inserts * connections * rowsPerInsert }

  /// The most rows that one side of a pair can have: they are made beforehand, and lie in memory.
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
      throw try entry["name"].wrong("is '\(name)', which means another leg; choose another name")
    }
  }
}

/// Inserts at a steady rate into one table and then into the other, with merges as they come.
package struct Sustained: Sendable, Equatable {
  package var rowsPerInsert: Int
  /// Inserts that begin in each second, if the server keeps up.
  package var insertsPerSecond: Double
  /// How long, for each of the two tables.
  package var duration: TimeSpan
  /// Synchronous or not.
  package var mode: InsertMode
  /// Inserts that are under way at once at most; when all are, the next one is late.
  package var connections: Int
  /// Settings of every insert, by name.
  package var settings: [String: String]

  /// Inserts that should begin in all.
  package var inserts: Int {
    Int(insertsPerSecond * Double(duration.milliseconds) / 1000)
  }

  /// Rows that it puts into each of the two tables if the server keeps up.
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
      throw entry.wrong("'sustained' makes no insert in \(duration); give it more time")
    }
    guard connections * rowsPerInsert <= WriteLeg.rowsMax else { throw tooManyRows(entry) }
  }
}

/// Everything that a benchmark asks about writes; nothing by default.
package struct Writes: Sendable, Equatable {
  /// Legs of paired inserts, in the order of the file.
  package var legs: [WriteLeg] = []
  /// A load that goes on.
  package var sustained: Sustained?

  /// Whether nothing is asked.
  package var isEmpty: Bool { legs.isEmpty && sustained == nil }

  package init() {}

  package init(_ root: Mapping) throws(DocumentError) {
    legs =
      try root.given("writes")?.list { value throws(DocumentError) in
        try value.mapping { entry throws(DocumentError) in try WriteLeg(entry) }
      } ?? []
    for (position, leg) in legs.enumerated() where legs[..<position].contains(named: leg.name) {
      throw try root["writes"].wrong(
        "has two legs that are called '\(leg.name)'; give one of them a 'name'")
    }
    sustained = try root.given("sustained")?.mapping { entry throws(DocumentError) in
      try Sustained(entry)
    }
  }

  /// Checks that the dataset has the rows of the largest round.
  ///
  /// - Throws: ``UserError`` with the leg that asks for more.
  package func check(rows: Int, benchmark: String, dataset: String) throws {
    let wanted =
      legs.map { ("the leg '\($0.name)'", $0.rowsPerRound) }
      + [sustained].compactMap { $0.map { ("'sustained'", $0.rows) } }
    for (what, needed) in wanted where needed > rows {
      throw UserError(
        .input,
        "\(benchmark): \(what) inserts \(Count(needed)) rows into a table and the data has "
          + "\(Count(rows)) (\(dataset)); make it smaller, or give the dataset more observations")
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
        "is for 'mode: async', where the server gathers several inserts; leave it out")
    }
    return 1
  }
  guard (given ?? 4) * rowsPerInsert <= WriteLeg.rowsMax else { throw tooManyRows(entry) }
  return given ?? 4
}

private func tooManyRows(_ entry: Mapping) -> DocumentError {
  entry.wrong(
    "connections × rows_per_insert is more than \(Count(WriteLeg.rowsMax)) rows, which are made "
      + "beforehand and lie in memory; make one of them smaller")
}

/// `1k`, `250k`, `1M`, `1500`.
private func brief(_ rows: Int) -> String {
  for (suffix, scale) in [("M", 1_000_000), ("k", 1000)] where rows.isMultiple(of: scale) {
    return "\(rows / scale)\(suffix)"
  }
  return "\(rows)"
}
