// The end of a backfill: compares table and view, and inserts what is wrong again until nothing is.

import Failures
import Units

/// Compares and repairs the partitions of a view.
struct BackfillRepair {
  let runner: BackfillRunner
  let sql: BackfillSQL
  let log: BackfillLog
  let comparison: BackfillComparison

  /// How often a partition is repaired at most.
  private static let repairsMax = 5

  private struct Look: Decodable {
    let tableIDs: Int
    let viewIDs: Int
    let missing: Int
    let stale: Int
    let different: Int
    let ahead: Int
    let extra: Int
    let wrong: [String]

    var wrongCount: Int { missing + stale + different }
    /// The wrong keys, if all of them are listed.
    var keys: [String]? { wrong.count == wrongCount ? wrong : nil }
  }

  /// Compares a partition, and inserts what is wrong again. Returns whether nothing is wrong any
  /// more.
  func run(_ partition: BackfillPartition) async throws -> Bool {
    var keys: [String]?
    for round in 0...Self.repairsMax {
      var look = try await look(at: partition, only: keys)
      if look.wrongCount > 0, look.keys != nil {
        try await Task.sleep(for: runner.limits.underWay)
        look = try await self.look(at: partition, only: look.keys)
      }
      if look.wrongCount == 0 { return try await !isDoubled(partition) }
      guard round < Self.repairsMax else { break }
      log.tell(
        .step(
          "partition \(partition.partition): \(Count(look.missing)) missing, "
            + "\(Count(look.stale)) stale, \(Count(look.different)) different; inserting again"))
      keys = look.keys
      let id = partition.partition
      let answer = try await runner.execute(.repair, id, sql.repair(id, comparison, only: keys))
      try log.keep(answer.sample)
      try answer.result.get()
    }
    return false
  }

  private func look(
    at partition: BackfillPartition, only keys: [String]?
  ) async throws -> Look {
    let id = partition.partition
    let answer = try await runner.rows(
      .verify, id, sql.verify(id, comparison, only: keys), as: Look.self)
    var sample = answer.sample
    if case .success(let rows) = answer.result, let look = rows.first {
      sample.tableIDs = look.tableIDs
      sample.viewIDs = look.viewIDs
      sample.missingIDs = look.missing
      sample.staleIDs = look.stale
      sample.differentIDs = look.different
      sample.aheadIDs = look.ahead
      sample.extraIDs = look.extra
      if keys == nil {
        sample.tableRows = partition.rows
        sample.tableBytes = partition.bytes
      }
      if !look.wrong.isEmpty { sample.examples = try await names(id, look.wrong) }
    }
    try log.keep(sample)
    guard let look = try answer.result.get().first else {
      throw UserError.server("the comparison of partition \(id) gave no row")
    }
    return look
  }

  private func names(_ partition: String, _ keys: [String]) async throws -> String {
    struct Row: Decodable { let name: String }
    let few = Array(keys.prefix(5))
    return try await runner.rows(sql.names(partition, of: few), as: Row.self).map(\.name)
      .joined(separator: " ")
  }

  private func isDoubled(_ partition: BackfillPartition) async throws -> Bool {
    struct Row: Decodable { let doubled: Int }
    let id = partition.partition
    let answer = try await runner.rows(.final, id, sql.doubled(id), as: Row.self)
    var sample = answer.sample
    sample.tableRows = partition.rows
    sample.tableBytes = partition.bytes
    let doubled = try? answer.result.get().first?.doubled
    sample.doubledIDs = doubled
    try log.keep(sample)
    _ = try answer.result.get()
    return doubled != 0
  }
}
