// Whether the witnesses of a cell's memory tell the same story. No verdict on memory rests on a
// cell in which they do not.

import CSVRecords
import RunStore
import Statistics

/// One way of measuring what an export takes of the server's memory.
package struct MemorySource: Sendable {
  /// A few words for people: `server RSS`.
  package let name: String
  package let figure: Figure<Sample>
  /// Whether it looks now and then only, so that it misses the peak of what is over soon.
  let isSampled: Bool

  /// Those that are held against the first, which is the query's own tracker.
  package static let all: [MemorySource] = [
    MemorySource("query_log", "memory_peak_bytes"),
    MemorySource("server RSS", "server_rss_rise_bytes"),
    MemorySource("server jemalloc", "server_jemalloc_rise_bytes", isSampled: true),
    MemorySource("server tracker", "server_tracked_rise_bytes", isSampled: true),
  ].compactMap(\.self)

  /// The figures that say how much memory an export took of the server.
  package static let figures = Set(all.map(\.figure.name))

  /// Two sources agree if the larger is at most this many times the smaller, …
  package static let factorAtMost = 1.5
  /// … and so many bytes more: an export that takes next to nothing raises the resident set by
  /// 5 to 15 MiB of stacks, buffers and code, whatever its tracker counts.
  package static let floorBytes = 16.0 * 1_048_576
  /// A sampled witness can only say too little of attempts shorter than this, in milliseconds: four
  /// of its looks.
  static let shortestForSampling = 1000.0

  private init?(_ name: String, _ figure: String, isSampled: Bool = false) {
    guard let figure = Sample.figures.first(where: { $0.name == figure }) else { return nil }
    (self.name, self.figure, self.isSampled) = (name, figure, isSampled)
  }
}

/// A cell in which the witnesses of memory contradict each other.
package struct Disagreement: Equatable, Sendable {
  package let mergeState: String
  /// The window as written.
  package let window: String
  package let path: String
  /// Every witness that was there with its median in bytes, the query's own tracker first.
  package let accounts: [Account]

  /// What one witness says.
  package struct Account: Equatable, Sendable {
    /// The witness.
    package let memorySource: String
    /// Its median over the attempts, in bytes.
    package let bytes: Double
    /// Whether it agrees with the first.
    package let agrees: Bool
  }

  /// `query_log 612 MiB, server RSS 1.40 GiB (disagrees)`.
  package var finding: String {
    accounts.map {
      "\($0.memorySource) \(FigureUnit.bytes.text($0.bytes))\($0.agrees ? "" : " (disagrees)")"
    }.joined(separator: ", ")
  }

  /// Holds the witnesses of one path in a cell against each other; nil where they agree, and where
  /// there are fewer than two.
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
