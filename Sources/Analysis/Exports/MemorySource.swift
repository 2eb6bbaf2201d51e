// Compares the memory sources of a cell. Cells with contradictory sources support no verdict on
// memory.

import CSVRecords
import RunStore
import Statistics

package struct MemorySource: Sendable {
  /// For example `server RSS`.
  package let name: String
  package let figure: Figure<Sample>
  /// Sampled sources miss short peaks.
  let isSampled: Bool

  /// Compared with the first, the query's own tracker.
  package static let all: [MemorySource] = [
    MemorySource("query_log", "memory_peak_bytes"),
    MemorySource("server RSS", "server_rss_rise_bytes"),
    MemorySource("server jemalloc", "server_jemalloc_rise_bytes", isSampled: true),
    MemorySource("server tracker", "server_tracked_rise_bytes", isSampled: true),
  ].compactMap(\.self)

  /// Figures of an export's memory on the server.
  package static let figures = Set(all.map(\.figure.name))

  /// Sources agree if the larger value is at most this multiple of the smaller …
  package static let factorAtMost = 1.5
  /// … plus this number of bytes: a small export raises the resident set by 5 to 15 MiB of stacks,
  /// buffers and code, independent of its tracker.
  package static let floorBytes = 16.0 * 1_048_576
  /// For attempts shorter than this, in milliseconds (four samples), a sampled source can only be
  /// too low.
  static let shortestForSampling = 1000.0

  private init?(_ name: String, _ figure: String, isSampled: Bool = false) {
    guard let figure = Sample.figures.first(where: { $0.name == figure }) else { return nil }
    (self.name, self.figure, self.isSampled) = (name, figure, isSampled)
  }
}

/// A cell with contradictory memory sources.
package struct Disagreement: Equatable, Sendable {
  package let mergeState: String
  package let window: String
  package let path: String
  /// The query's own tracker first.
  package let accounts: [Account]

  package struct Account: Equatable, Sendable {
    package let memorySource: String
    /// Median over the attempts, in bytes.
    package let bytes: Double
    /// With the first.
    package let agrees: Bool
  }

  /// For example `query_log 612 MiB, server RSS 1.40 GiB (disagrees)`.
  package var finding: String {
    accounts.map {
      "\($0.memorySource) \(FigureUnit.bytes.text($0.bytes))\($0.agrees ? "" : " (disagrees)")"
    }.joined(separator: ", ")
  }

  /// Nil if the sources of the path agree, or there are fewer than two.
  init?(_ cell: Cell<Sample>, _ path: String) {
    guard let subject = cell[path], let own = MemorySource.all.first else { return nil }
    func middle(_ figure: Figure<Sample>) -> Double? {
      Statistics.median(subject.series(figure).values)
    }
    guard let peak = middle(own.figure) else { return nil }
    let time = (try? Sample.figure("client_wall_ms")).flatMap(middle)
    let isShort = (time ?? 0) < MemorySource.shortestForSampling
    accounts = MemorySource.all.compactMap { memorySource in
      guard let bytes = middle(memorySource.figure),
        bytes >= peak || !(memorySource.isSampled && isShort)
      else { return nil }
      let isNear =
        max(bytes, peak) <= MemorySource.factorAtMost * min(bytes, peak) + MemorySource.floorBytes
      return Account(memorySource: memorySource.name, bytes: bytes, agrees: isNear)
    }
    guard accounts.contains(where: { !$0.agrees }) else { return nil }
    mergeState = cell.mergeState ?? ""
    window = cell.window ?? ""
    self.path = path
  }

  /// Every cell and path in which they disagree.
  static func all(in cells: [Cell<Sample>]) -> [Disagreement] {
    cells.flatMap { cell in cell.subjects.compactMap { Disagreement(cell, $0.name) } }
  }
}
