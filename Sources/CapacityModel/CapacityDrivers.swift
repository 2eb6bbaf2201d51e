// What drives the memory of an export: the quantities that a term of a capacity model is made of.
//
// They are measured in a run's cell (CapacityCell.swift) or follow from a planner's question
// (CapacityQuestion.swift), and mean the same in both.

/// The size of one export, and of what it has to read.
package struct CapacityDrivers: Equatable, Sendable, Codable {
  /// Rows in the window, superseded versions included.
  package var rows = 0.0
  /// Unique ids in the window.
  package var ids = 0.0
  /// Unique ids in the whole table.
  package var historyIDs = 0.0
  /// Uncompressed bytes of a row of the table that is read.
  package var rowBytes = 0.0
  /// Uncompressed bytes that are read from it.
  package var readBytes = 0.0
  package var granules = 1.0
  package var parts = 1.0
  /// Threads of the query: `max_threads`.
  package var threads = 1.0
  /// Rows of a block, at most: `max_block_size`.
  package var blockRows = 65_409.0
  /// Rows of a row group of the file, at most.
  package var rowGroupRows = 1_000_000.0
  /// Bytes of a row group, at most.
  package var rowGroupBytes = 536_870_912.0

  /// Uncompressed bytes of the window's rows.
  package var windowBytes: Double { rows * rowBytes }

  /// Uncompressed bytes of a granule: 8,192 rows or 10 MiB, whichever is less (`index_granularity`
  /// and `index_granularity_bytes` by default).
  static func granuleBytes(rowBytes: Double) -> Double { min(10_485_760, 8192 * rowBytes) }

  var granuleBytes: Double { Self.granuleBytes(rowBytes: rowBytes) }

  /// Rows that wait to be encoded or are being encoded. Four row groups for each thread: the least
  /// multiple that fits the runs of `results/reference`, no documented number.
  var encodedRows: Double {
    min(ids, 4 * threads * min(rowGroupRows, max(1, rowGroupBytes / max(1, rowBytes))))
  }
}

/// A term of a model: a quantity of bytes or a number of things, of which a path keeps so many
/// bytes.
package enum CapacityTerm: String, Sendable, Codable, CaseIterable {
  /// What any query takes: a number of MiB.
  case constant
  /// Granules that the threads read at the same time.
  case reading = "bytes being read"
  /// A granule for each thread, whatever the window.
  case buffers = "bytes of one granule per thread"
  /// All rows of the window.
  case window = "bytes in the window"
  /// The newest rows of the window, as far as one block holds them: a sort hands its rows on in
  /// blocks, and each step that holds one holds its bytes again.
  case handedOn = "bytes of a block handed on"
  /// A granule of each part for each thread, no more than there is to read: what FINAL merges.
  case merged = "bytes being merged"
  /// A granule of each part, for as many as there are threads.
  case parts = "bytes of one granule per part"
  /// Rows that wait to be encoded.
  case encoded = "bytes being encoded"
  /// The same, counted.
  case encodedRows = "rows being encoded"
  /// Unique ids of the window.
  case ids = "ids in the window"
  /// Unique ids of the table.
  case historyIDs = "ids in the table"
  /// Bytes that are read in all: for CPU, not for memory.
  case scanned = "bytes read"

  /// Whether the term counts things rather than bytes.
  package var isCount: Bool { [.encodedRows, .ids, .historyIDs].contains(self) }

  /// Its value; of the constant 1 MiB.
  package func value(_ drivers: CapacityDrivers) -> Double {
    let granule = drivers.granuleBytes
    switch self {
    case .constant: return 1_048_576
    case .reading:
      return drivers.readBytes * min(1, drivers.threads / max(1, drivers.granules))
    case .buffers: return drivers.threads * granule
    case .window: return drivers.windowBytes
    case .handedOn: return min(drivers.ids, drivers.blockRows) * drivers.rowBytes
    case .merged: return min(drivers.readBytes, drivers.threads * drivers.parts * granule)
    case .parts:
      let part = drivers.readBytes / max(1, drivers.parts)
      return min(drivers.parts, drivers.threads) * min(granule, part)
    case .encoded: return drivers.encodedRows * drivers.rowBytes
    case .encodedRows: return drivers.encodedRows
    case .ids: return drivers.ids
    case .historyIDs: return drivers.historyIDs
    case .scanned: return drivers.readBytes
    }
  }

  /// Whether the term has stopped to grow with the window: there is as much of it as threads,
  /// blocks and row groups hold.
  package func isFull(_ drivers: CapacityDrivers) -> Bool {
    switch self {
    case .reading: drivers.granules > drivers.threads
    case .handedOn: drivers.ids > drivers.blockRows
    case .merged:
      drivers.readBytes > drivers.threads * drivers.parts * drivers.granuleBytes
    case .encoded, .encodedRows: drivers.ids > drivers.encodedRows
    case .constant, .buffers, .window, .parts, .ids, .historyIDs, .scanned: false
    }
  }

  /// What a run has to vary so that the term can be told from others.
  package var remedy: String {
    switch self {
    case .constant, .window: "windows that differ more in their bytes"
    case .reading, .parts: "states of merges with other numbers of parts"
    case .handedOn: "other numbers of versions, and a window with more ids than max_block_size"
    case .merged: "a table whose month is larger than threads × parts × 10 MiB"
    case .buffers: "rows narrower than 1,280 B, or other threads"
    case .encoded, .encodedRows:
      "rows of another width, and a window of more ids than four row groups for each thread"
    case .ids, .historyIDs, .scanned: "datasets with other numbers of ids"
    }
  }
}
