// Inserting a dataset, insert by insert.
//
// The generator writes each block straight into the request's body, on the connection's own thread;
// what is in memory is one block per connection, whatever the size of the dataset or the insert.

import ClickHouse
import Foundation
import Observations
import Synchronization

/// The rows of one insert, as a body that makes itself.
final class InsertBody: Sendable {
  private struct State {
    let encoder: BlockEncoder
    let rows: [RowID]
    var next = 0
    var block: [UInt8] = []
    var offset = 0
  }

  private let state: Mutex<State>
  /// Rows in the insert.
  let count: Int

  /// A body of these rows, in this order.
  init(_ rows: [RowID], of dataset: Dataset) {
    count = rows.count
    state = Mutex(State(encoder: BlockEncoder(dataset), rows: rows))
  }

  /// Fills a buffer with the next bytes; 0 at the end.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    0
  }
}
