// Cutting what a view lacks into chunks. Pure: asks no server.
//
// A chunk is whole days of a partition, because the table is sorted by day: what is not asked for
// is not read. Only a day with more keys than may be held in memory is cut further, by a hash of
// the key; each such slice reads the day's rows again.

import Units

/// The rows of a day in a partition, and how many of its keys the view lacks.
struct BackfillDay: Decodable, Equatable, Sendable {
  /// Days since 1970.
  package let day: Int
  /// The day as people write it.
  package let date: String
  package let rows: Int
  package let ids: Int
  package let missing: Int
  package let stale: Int

  package var lacking: Int { missing + stale }
}

/// A partition of the table.
struct BackfillPartition: Decodable, Equatable, Sendable {
  package let partition: String
  package let rows: Int
  /// Uncompressed.
  package let bytes: Int
}

/// A part of the table that one insert copies.
struct BackfillChunk: Equatable, Sendable {
  package var partition: String
  /// Days since 1970.
  package var days: ClosedRange<Int>
  /// The first and the last day as people write them.
  var firstDate: String
  var lastDate: String
  package var slice = 0
  package var slices = 1
  /// Rows of the table, all versions.
  package var rows: Int
  /// Keys that the view lacks or has an older version of.
  package var lacking: Int
}

/// How large a chunk is made.
struct BackfillBounds: Equatable, Sendable {
  /// Days are put together until a chunk has so many rows.
  package var rows: Int
  /// A chunk has no more keys than this: they are held in memory.
  package var ids: Int

  /// The chunks of a partition. Days of which the view lacks nothing are left out.
  package func chunks(of days: [BackfillDay], in partition: String) -> [BackfillChunk] {
    var chunks: [BackfillChunk] = []
    var open: [BackfillDay] = []
    func close() {
      guard let first = open.first, let last = open.last else { return }
      chunks += slices(
        of: BackfillChunk(
          partition: partition, days: first.day...last.day, firstDate: first.date,
          lastDate: last.date,
          rows: open.map(\.rows).reduce(0, +), lacking: open.map(\.lacking).reduce(0, +)),
        ids: open.map(\.ids).reduce(0, +))
      open = []
    }
    for day in days {
      // A day that lacks nothing would be read for nothing.
      guard day.lacking > 0 else {
        close()
        continue
      }
      let sum = (rows: open.map(\.rows).reduce(0, +), ids: open.map(\.ids).reduce(0, +))
      if sum.rows + day.rows > rows || sum.ids + day.ids > ids { close() }
      open.append(day)
    }
    close()
    return chunks
  }

  private func slices(of chunk: BackfillChunk, ids count: Int) -> [BackfillChunk] {
    let slices = max(1, (count + ids - 1) / ids)
    return (0..<slices).map { slice in
      var part = chunk
      part.slice = slice
      part.slices = slices
      part.rows = share(chunk.rows, slice, of: slices)
      part.lacking = share(chunk.lacking, slice, of: slices)
      return part
    }
  }

  /// The n-th of so many parts that are as equal as can be, and together the whole.
  private func share(_ amount: Int, _ slice: Int, of slices: Int) -> Int {
    amount * (slice + 1) / slices - amount * slice / slices
  }
}

/// What a backfill will do.
package struct BackfillPlan: Sendable {
  /// A partition and what it lacks.
  package struct Part: Sendable {
    var partition: BackfillPartition
    package var ids: Int
    package var missing: Int
    package var stale: Int
    var chunks: [BackfillChunk]
  }

  /// The partitions, in the order of their ids.
  package var parts: [Part]

  /// Nothing to do, until a survey has found something.
  package static let empty = BackfillPlan(parts: [])

  /// Rows of the table, all versions.
  package var rows: Int { parts.map(\.partition.rows).reduce(0, +) }
  /// Their uncompressed bytes.
  package var bytes: Int { parts.map(\.partition.bytes).reduce(0, +) }
  /// Different keys in the table; one in two partitions counts twice.
  package var ids: Int { parts.map(\.ids).reduce(0, +) }
  /// Keys that the view lacks.
  package var missing: Int { parts.map(\.missing).reduce(0, +) }
  /// Keys of which the view has an older version.
  package var stale: Int { parts.map(\.stale).reduce(0, +) }
  /// Rows in the chunks that lack something.
  package var rowsToRead: Int { chunks.map(\.rows).reduce(0, +) }

  var chunks: [BackfillChunk] { parts.flatMap(\.chunks) }

  /// Uncompressed bytes of a chunk: the partition's, shared out by rows.
  func bytes(of chunk: BackfillChunk) -> Int {
    guard let part = parts.first(where: { $0.partition.partition == chunk.partition })?.partition,
      part.rows > 0
    else { return 0 }
    return Int(Double(part.bytes) * Double(chunk.rows) / Double(part.rows))
  }

  /// One line for each chunk.
  package var lines: [String] {
    chunks.map { chunk in
      let days =
        chunk.firstDate == chunk.lastDate
        ? chunk.firstDate : "\(chunk.firstDate) to \(chunk.lastDate)"
      let slice = chunk.slices > 1 ? ", slice \(chunk.slice + 1) of \(chunk.slices)" : ""
      return "\(chunk.partition)  \(days)\(slice): \(Count(chunk.lacking)) of the view's keys in "
        + "\(Count(chunk.rows)) rows, \(ByteCount(bytes(of: chunk)))"
    }
  }
}
