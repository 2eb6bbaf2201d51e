// Delivery audit: compares a table row by row with the acknowledged batches.
//
// A ReplacingMergeTree drops versions within an insert or a merge, so counts are not sufficient. Of
// each id the newest acknowledged version must be present, and nothing that was not sent. Both are
// sent to the server as an external table.

import ClickHouseClient
import Failures
import Foundation
import HTTPTransport
import ObservationGenerator
import RunStore
import Workspace

struct DeliveryAudit {
  let workspace: Workspace
  let dataset: Dataset

  private struct Missing: Decodable {
    let expectedIDs: Int
    let tableIDs: Int
    let missingIDs: Int
    let unexpectedIDs: Int
    let uncertainPresentIDs: Int
  }

  private struct Rows: Decodable {
    let rows: Int
    let doubled: Int
  }

  /// Audits the table into `phase`; what the server does not answer stays nil.
  ///
  /// - Parameter account: outcomes of all sent rows.
  func take(_ account: BatchAccounting.Account, into phase: inout PhaseSample) async {
    phase.take(account)
    do {
      // A replica that has not fetched a part yet has not lost rows.
      guard try await workspace.merges.awaitReplicas() else {
        throw UserError.server("a replica lacks a part that only a lost host has")
      }
      let expected = Expected(account, dataset)
      let found = try await find(expected)
      phase.expectedIDs = found.expectedIDs
      phase.tableIDs = found.tableIDs
      phase.missingIDs = found.missingIDs
      phase.unexpectedIDs = found.unexpectedIDs
      phase.uncertainPresentIDs = found.uncertainPresentIDs
      let rows = try await rows()
      (phase.tableRows, phase.doubledRows) = (rows.rows, rows.doubled)
      if phase.target == .withView { phase.viewMissingIDs = try await missingFromView(expected) }
    } catch {
      phase.auditError = firstLine("\(error)")
    }
  }

  private func find(_ expected: Expected) async throws -> Missing {
    let query = Query(
      """
      WITH held AS (
        SELECT id, toInt64(max(toUnixTimestamp64Milli(event_ts))) AS found
        FROM \(Workspace.table) GROUP BY id)
      SELECT
        toInt64(countIf(low >= 0)) AS expectedIDs,
        toInt64(countIf(isNotNull(found))) AS tableIDs,
        toInt64(countIf(low >= 0 AND ifNull(found, -1) < low)) AS missingIDs,
        toInt64(countIf(isNotNull(found) AND (isNull(low) OR found > high))) AS unexpectedIDs,
        toInt64(countIf(found > low AND found <= high)) AS uncertainPresentIDs
      FROM expected FULL JOIN held USING (id)
      SETTINGS join_use_nulls = 1
      """, database: workspace.front.name)
    let rows = try await workspace.client.rows(
      query, with: [try expected.table()], as: Missing.self)
    guard let found = rows.first else {
      throw ClickHouseError.undecodable("the table's ids gave no row")
    }
    return found
  }

  private func rows() async throws -> Rows {
    let query = Query(
      """
      SELECT toInt64(count()) AS rows,
        toInt64(count()
          - uniqExact(id, event_ts, updated_at, cityHash64(ifNull(output, '')))) AS doubled
      FROM \(Workspace.table)
      """, database: workspace.front.name)
    return try await workspace.client.rows(query, as: Rows.self).first ?? Rows(rows: 0, doubled: 0)
  }

  private func missingFromView(_ expected: Expected) async throws -> Int {
    let query = Query(
      """
      SELECT toInt64(count()) AS missing FROM expected
      WHERE low >= 0 AND id NOT IN (SELECT id FROM \(Workspace.view))
      """, database: workspace.front.name)
    return try await workspace.client.values(
      query, with: [try expected.table()], as: Int.self
    ).first ?? 0
  }
}

extension PhaseSample {
  /// Records the outcomes of batches.
  mutating func take(_ account: BatchAccounting.Account) {
    acknowledgedBatches = account.acknowledgedBatches
    acknowledgedRows = account.acknowledged.count - preloadedRows
    uncertainBatches = account.uncertainBatches
    uncertainRows = account.uncertain.count
  }
}

/// Per observation: the newest acknowledged version, and the newest one sent.
private struct Expected: Sendable {
  private struct Versions {
    /// `event_ts`; -1 if nothing was acknowledged.
    var low: Int64 = -1
    var high: Int64
  }

  private let text: [UInt8]

  init(_ account: BatchAccounting.Account, _ dataset: Dataset) {
    let identities = Identities(dataset)
    var versions: [Int: Versions] = [:]
    for row in account.acknowledged {
      let event = identities.event(of: row)
      var known = versions[row.observation] ?? Versions(high: event)
      known.low = max(known.low, event)
      known.high = max(known.high, event)
      versions[row.observation] = known
    }
    for row in account.uncertain {
      let event = identities.event(of: row)
      versions[row.observation, default: Versions(high: event)].high =
        max(versions[row.observation]?.high ?? event, event)
    }
    var text: [UInt8] = []
    text.reserveCapacity(versions.count * 66)
    for (observation, known) in versions {
      text += Array("\(identities.id(of: observation))\t\(known.low)\t\(known.high)\n".utf8)
    }
    self.text = text
  }

  func table() throws -> ExternalTable {
    ExternalTable(
      name: try Identifier("expected"), format: "TabSeparated",
      structure: "id String, low Int64, high Int64", source: bodySource(of: text))
  }
}
