// Paired inserts of a dataset, into the table with the view and into one without. The cost of the
// view is the ratio within each pair.
//
// One insert at a time, so that both sides of a pair run under the same conditions; the seed
// determines which is first. Rows are generated while they are sent, which bounds memory: both
// sides include the generator's time. The legs of WriteBench.swift exclude it.

import BenchmarkSpec
import ObservationGenerator
import RunStore
import Statistics
import Workspace

package struct PairedLoader {
  private let dataset: Dataset
  private let inserter: WriteInserter
  private let account: WriteAccount
  private let inserts: ClusterInsert
  private var order: SplitMix64

  package init(_ workspace: Workspace, _ dataset: Dataset, seed: UInt64) {
    self.dataset = dataset
    inserter = WriteInserter(workspace: workspace)
    account = WriteAccount(workspace)
    inserts = ClusterInsert(workspace)
    order = SplitMix64(seed: seed)
  }

  /// Inserts every row into both tables. `record` receives the two samples of each pair; logs are
  /// not queried for the first `measured` pairs, which are recorded already.
  package mutating func load(
    rowsPerInsert: Int, after measured: Int = 0, record: ([InsertSample]) throws -> Void
  ) async throws {
    let queue = InsertQueue(dataset, rowsPerInsert: rowsPerInsert)
    let body = InsertBody(of: dataset)
    while let insert = queue.next() {
      var pair: [InsertSample] = []
      for target in [InsertTarget.plain, .withView].shuffled(using: &order) {
        var sample = InsertSample()
        sample.pair = insert.number
        sample.target = target
        sample.position = pair.count + 1
        sample.leg = ReservedLeg.load
        sample.rows = insert.rows.count
        sample.rowsPerInsert = rowsPerInsert
        body.begin(insert.rows)
        let token = inserts.token(insert.number, into: sample.table)
        try await inserter.with(
          token.map { ["insert_deduplication_token": $0] } ?? [:],
          through: inserts.client(insert.number)
        ).insert([body.fill], &sample)
        if sample.status != .ok, let token {
          try await mend(sample, insert.rows, token, body)
        }
        pair.append(sample)
      }
      if insert.number > measured { try await account.complete(&pair) }
      try record(pair)
    }
  }

  /// Inserts again, without measuring, what a lost host may have missed.
  private func mend(
    _ sample: InsertSample, _ rows: [RowID], _ token: String, _ body: InsertBody
  ) async throws {
    let workspace = inserter.workspace
    var query = insertQuery(into: sample.table, in: workspace)
    query.repetition = .deduplicated(token: token)
    _ = try await inserts.send(query, to: workspace.client) {
      body.begin(rows)
      return body.fill
    }
  }
}
