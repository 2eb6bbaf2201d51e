// Whether a table holds what was acknowledged: rows that are lost, made up, doubled or uncertain on
// purpose, on a real server.

import Testing
@testable import LoadTest
@testable import RunStore
@testable import Workspace

extension IntegrationTests {
  @Suite struct DeliveryAuditTests {
    private let dataset = smallDataset(observations: 400)

    /// Loads ten batches of 50 rows, of which the last two are not in the ledger yet.
    private func withBatches(
      _ name: String,
      _ work: (Workspace, BatchAccounting, [BatchAccounting.Batch]) async throws -> Void
    ) async throws {
      try await withWorkspace(name) { workspace in
        try await workspace.createTable()
        try await workspace.migrateUp()
        try await workspace.merges.stop()
        let ledger = BatchAccounting(dataset)
        let batches = (0..<10).map { _ in ledger.take(50) }
        for batch in batches.prefix(8) {
          try await insert(batch, workspace)
          ledger.settle(batch, .acknowledged)
        }
        try await work(workspace, ledger, Array(batches.suffix(2)))
      }
    }

    private func insert(_ batch: BatchAccounting.Batch, _ workspace: Workspace) async throws {
      let body = InsertBody(of: dataset)
      body.begin(batch.rows)
      _ = try await workspace.client.insert(
        insertQuery(into: Workspace.table, in: workspace), from: body.fill)
    }

    private func balance(_ workspace: Workspace, _ ledger: BatchAccounting) async -> PhaseSample {
      var phase = PhaseSample()
      await DeliveryAudit(workspace: workspace, dataset: dataset).take(
        ledger.account(), into: &phase)
      return phase
    }

    @Test func acknowledgedRowsAreThere() async throws {
      try await withBatches("balance-whole") { workspace, ledger, _ in
        let phase = await balance(workspace, ledger)
        #expect(phase.isBalanced == true && phase.auditError == nil)
        #expect(phase.acknowledgedBatches == 8 && phase.acknowledgedRows == 400)
        #expect(phase.tableIDs == phase.expectedIDs && phase.tableIDs ?? 0 > 100)
        // Merges drop versions, and change nothing of it.
        try await workspace.merges.mergeAll()
        let merged = await balance(workspace, ledger)
        #expect(merged.isBalanced == true && merged.tableIDs == phase.tableIDs)
        #expect(merged.tableRows == merged.tableIDs)
      }
    }

    @Test func lostRowsAreFound() async throws {
      try await withBatches("balance-lost") { workspace, ledger, more in
        // Acknowledged, and never sent.
        ledger.settle(more[0], .acknowledged)
        let phase = await balance(workspace, ledger)
        #expect(phase.isBalanced == false && phase.missingIDs ?? 0 > 0)
        #expect(phase.unexpectedIDs == 0 && phase.doubledRows == 0)
      }
    }

    @Test func madeUpAndDoubledRowsAreFound() async throws {
      try await withBatches("balance-strange") { workspace, ledger, more in
        try await insert(more[0], workspace)
        let phase = await balance(workspace, ledger)
        #expect(phase.isBalanced == false && phase.unexpectedIDs ?? 0 > 0 && phase.missingIDs == 0)
        ledger.settle(more[0], .acknowledged)
        #expect(await balance(workspace, ledger).isBalanced == true)
        try await insert(more[0], workspace)
        let again = await balance(workspace, ledger)
        #expect(again.isBalanced == false && again.unexpectedIDs == 0)
        // What meets in one insert is dropped there.
        #expect((1...50).contains(again.doubledRows ?? 0))
      }
    }

    @Test func uncertainRowsMayBeThereOrNot() async throws {
      try await withBatches("balance-uncertain") { workspace, ledger, more in
        ledger.settle(more[0], .unknown)
        let without = await balance(workspace, ledger)
        #expect(without.isBalanced == true && without.uncertainPresentIDs == 0)
        #expect(without.uncertainBatches == 1 && without.uncertainRows == 50)
        try await insert(more[0], workspace)
        let with = await balance(workspace, ledger)
        #expect(with.isBalanced == true && with.uncertainPresentIDs ?? 0 > 0)
        // One that could not be sent is not there.
        ledger.settle(more[1], .unsent)
        try await insert(more[1], workspace)
        #expect(await balance(workspace, ledger).isBalanced == false)
      }
    }

    @Test func whatTheViewLacksIsFound() async throws {
      try await withBatches("balance-view") { workspace, ledger, more in
        _ = try await workspace.drop.view()
        try await insert(more[0], workspace)
        ledger.settle(more[0], .acknowledged)
        try await workspace.migrateUp()
        var phase = await balance(workspace, ledger)
        #expect(phase.viewMissingIDs == phase.expectedIDs && phase.isBalanced == false)
        phase.target = .plain
        phase.viewMissingIDs = nil
        #expect(phase.isBalanced == true)
      }
    }

    @Test func aTableThatCannotBeAskedIsNotBalanced() async throws {
      try await withWorkspace("balance-none") { workspace in
        let phase = await balance(workspace, BatchAccounting(dataset))
        let error = phase.auditError ?? ""
        #expect(phase.isBalanced == nil && error.contains("observations"), "\(error)")
      }
    }
  }
}
