// Drivers of an export's memory: the quantities in the terms of a capacity model. Measured in a
// cell (CapacityCell.swift) or derived from a question (CapacityQuestion.swift).

package struct CapacityDrivers: Equatable, Sendable, Codable {
  /// Rows in the window, including superseded versions.
  package var rows = 0.0
  package var ids = 0.0
  /// Unique ids of the whole table.
  package var historyIDs = 0.0
  /// Uncompressed bytes of a row of the table.
  package var rowBytes = 0.0
  /// Uncompressed bytes read.
  package var readBytes = 0.0
  package var granules = 1.0
  package var parts = 1.0
  /// `max_threads`.
  package var threads = 1.0
  /// `max_block_size`.
  package var blockRows = 65_409.0
  /// Maximum rows of a row group in the file.
  package var rowGroupRows = 1_000_000.0
  /// Maximum bytes of a row group.
  package var rowGroupBytes = 536_870_912.0

  /// Uncompressed.
  package var windowBytes: Double { rows * rowBytes }

  /// `index_granularity`.
  package var granuleRowsMax = 8192.0
  /// `index_granularity_bytes`.
  package var granuleBytesMax = 10_485_760.0

  /// Uncompressed bytes of a granule.
  package var granuleBytes: Double { min(granuleBytesMax, granuleRowsMax * rowBytes) }

  /// Rows waiting for or in encoding: four row groups per thread, the smallest multiple that fits
  /// the runs of `results/reference`; not documented by ClickHouse.
  var encodedRows: Double {
    min(ids, 4 * threads * min(rowGroupRows, max(1, rowGroupBytes / max(1, rowBytes))))
  }
}

/// A term of a model: an amount of bytes or a count, with a coefficient in bytes.
package enum CapacityTerm: String, Sendable, Codable, CaseIterable {
  /// Constant memory of any query, in MiB.
  case constant
  /// Granules read concurrently by the threads.
  case reading = "bytes being read"
  /// One granule per thread, independent of the window.
  case buffers = "bytes of one granule per thread"
  /// All rows of the window.
  case window = "bytes in the window"
  /// Rows of the window up to one block: a sort passes on blocks, and each step that holds a block
  /// holds its bytes again.
  case handedOn = "bytes of a block handed on"
  /// One granule per part and thread, up to the rows to read: merged by FINAL.
  case merged = "bytes being merged"
  /// One granule per part, for as many parts as threads.
  case parts = "bytes of one granule per part"
  /// Rows waiting for encoding.
  case encoded = "bytes being encoded"
  /// The same as a count.
  case encodedRows = "rows being encoded"
  case ids = "ids in the window"
  case historyIDs = "ids in the table"
  /// Total bytes read: for CPU, not for memory.
  case scanned = "bytes read"

  package var isCount: Bool { [.encodedRows, .ids, .historyIDs].contains(self) }

  /// For the constant, 1 MiB.
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

  /// Whether the term has reached the limit set by threads, blocks and row groups.
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

  /// What runs must vary to separate the term from others.
  package var remedy: String {
    switch self {
    case .constant, .window: "windows that differ more in their bytes"
    case .reading, .parts: "merge states with other numbers of parts"
    case .handedOn: "other numbers of versions, and a window with more ids than max_block_size"
    case .merged: "a table whose month is larger than threads × parts × 10 MiB"
    case .buffers: "rows narrower than 1,280 B, or other threads"
    case .encoded, .encodedRows:
      "rows of another width, and a window with more ids than four row groups per thread"
    case .ids, .historyIDs, .scanned: "datasets with other numbers of ids"
    }
  }
}
