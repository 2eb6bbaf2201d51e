// Plan of a backfill: divides what a view lacks into chunks.
//
// A chunk is whole days of a partition, because the table is sorted by day, so other days are not
// read. Only a day with more keys than fit into memory is divided further, by a hash of the key;
// each such slice reads the day's rows again.

import Units

/// The rows of a day in a partition, and how many of its keys the view lacks.
struct BackfillDay: Decodable, Equatable, Sendable {
  /// Days since 1970.
  let day: Int
  /// As text.
  let date: String
  let rows: Int
  let ids: Int
  let missing: Int
  let stale: Int

  var lacking: Int { missing + stale }
}

struct BackfillPartition: Decodable, Equatable, Sendable {
  let partition: String
  let rows: Int
  /// Uncompressed.
  let bytes: Int
}

/// The rows that one insert copies.
struct BackfillChunk: Equatable, Sendable {
  var partition: String
  /// Days since 1970.
  var days: ClosedRange<Int>
  /// As text.
  var firstDate: String
  var lastDate: String
  var slice = 0
  var slices = 1
  /// Of the table, all versions.
  var rows: Int
  /// Keys that the view lacks or has an older version of.
  var lacking: Int
}

/// Limits of a chunk.
struct BackfillBounds: Equatable, Sendable {
  /// Days are combined until a chunk has this many rows.
  var rows: Int
  /// The keys of a chunk are held in memory.
  var ids: Int

  /// The chunks of a partition, without days that lack nothing.
  func chunks(of days: [BackfillDay], in partition: String) -> [BackfillChunk] {
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
      // A day that lacks nothing need not be read.
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

  /// The n-th of several shares that are as equal as possible and add up to `amount`.
  private func share(_ amount: Int, _ slice: Int, of slices: Int) -> Int {
    amount * (slice + 1) / slices - amount * slice / slices
  }
}

package struct BackfillPlan: Sendable {
  /// A partition and what it lacks.
  package struct Part: Sendable {
    var partition: BackfillPartition
    package var ids: Int
    package var missing: Int
    package var stale: Int
    var chunks: [BackfillChunk]
  }

  /// In the order of their ids.
  package var parts: [Part]

  /// The plan before a survey.
  package static let empty = BackfillPlan(parts: [])

  /// Of the table, all versions.
  package var rows: Int { parts.map(\.partition.rows).reduce(0, +) }
  /// Uncompressed.
  package var bytes: Int { parts.map(\.partition.bytes).reduce(0, +) }
  /// Distinct keys in the table; a key in two partitions counts twice.
  package var ids: Int { parts.map(\.ids).reduce(0, +) }
  /// Keys that the view lacks.
  package var missing: Int { parts.map(\.missing).reduce(0, +) }
  /// Keys of which the view has an older version.
  package var stale: Int { parts.map(\.stale).reduce(0, +) }
  /// Rows in chunks that lack something.
  package var rowsToRead: Int { chunks.map(\.rows).reduce(0, +) }

  var chunks: [BackfillChunk] { parts.flatMap(\.chunks) }

  /// Uncompressed bytes of a chunk: the partition's, in proportion to rows.
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
