// Question of a load test: streams, phases, service level, searches and thresholds. Stored in the
// manifest.

import CSVRecords
import Statistics
import Units

package struct LoadTestQuestion: Codable, Equatable, Sendable {
  package struct Stream: Codable, Equatable, Sendable {
    /// ``ingest``, or for example `limit-by 1d x4`.
    package var name: String
    /// Nil for ingestion.
    package var path: String?
    /// From the dataset's start, in milliseconds; nil for ingestion.
    package var windowMs: Int?
    /// Nil for exports.
    package var rowsPerBatch: Int?
    /// Due times.
    package var arrivals: ArrivalProcess
    /// Maximum concurrent requests.
    package var connections: Int
    /// The path reads the view.
    package var needsView = false

    /// Name of the stream of batches.
    package static let ingest = "ingest"

    /// The share of one of several drivers: every n-th request, on its share of the connections.
    /// Drivers beyond the number of connections get none.
    ///
    /// - Parameter driver: nil for a single driver.
    /// - Returns: the stream with this driver's connections, and its share of requests; or nil.
    package func share(of driver: DriverShard?) -> (stream: Stream, of: DriverShard?)? {
      guard let driver, driver.count > 1 else { return (self, nil) }
      guard driver.number <= connections,
        let share = DriverShard(driver.number, of: min(driver.count, connections))
      else { return nil }
      var own = self
      own.connections = (1...connections).count(where: share.holds)
      return (own, share)
    }
  }

  /// Time before the measured time.
  package var warmupMs = 0
  /// Measured time.
  package var durationMs = 10_000
  /// Repeats of each phase.
  package var rounds = 1
  /// Rows in the table at the start of a phase.
  package var preloadRows = 0
  /// Requests without a response within this time have failed.
  package var timeoutMs = 60_000
  /// Batches; nil if there are none.
  package var ingest: Stream?
  /// Each in separate phases.
  package var exports: [Stream] = []
  package var compare: [StreamMix] = StreamMix.allCases
  package var targets: [InsertTarget] = [.withView]
  /// Required by searches and judged per phase.
  package var serviceLevel: ServiceLevel?
  /// Searches for the maximum load within the service level.
  package var searches: [LoadTestSearch] = []
  /// Determine the exit code.
  package var thresholds: [LoadTestThreshold] = []

  package init() {}

  /// Maximum requests per phase; each is a row.
  package static let requestsMax = 1_000_000

  /// Time after a phase's end for late requests.
  package var graceMs: Double { min(30_000, Double(durationMs)) }

  /// Time in which requests are due.
  package var spanMs: Double { Double(warmupMs + durationMs) }

  /// Batches first.
  package var streams: [Stream] { [ingest].compactMap(\.self) + exports }
}

/// A planned phase: streams, with or without the view.
package struct LoadTestCell: Equatable, Sendable {
  package var streamMix: StreamMix
  package var target: InsertTarget
  /// Batches first.
  package var streams: [LoadTestQuestion.Stream]

  /// Nil without exports.
  package var export: String? { streams.first { $0.path != nil }?.name }

  /// For example `ingest + limit-by 1d x4, with view`.
  package var label: String {
    Self.label(streamMix, export: export) + ", " + target.words
  }

  package static func label(_ streamMix: StreamMix, export: String?) -> String {
    switch streamMix {
    case .ingest: "ingest"
    case .exports: export ?? "exports"
    case .both: "ingest + \(export ?? "exports")"
    }
  }
}

extension InsertTarget {
  package var words: String { self == .plain ? "without view" : "with view" }
}

extension LoadTestQuestion {
  /// Phases of a round, in the order of the file.
  package var cells: [LoadTestCell] {
    targets.flatMap { target in
      var cells: [LoadTestCell] = []
      if compare.contains(.ingest), let ingest {
        cells.append(LoadTestCell(streamMix: .ingest, target: target, streams: [ingest]))
      }
      for export in exports where target == .withView || !export.needsView {
        if compare.contains(.exports) {
          cells.append(LoadTestCell(streamMix: .exports, target: target, streams: [export]))
        }
        if compare.contains(.both), let ingest {
          cells.append(LoadTestCell(streamMix: .both, target: target, streams: [ingest, export]))
        }
      }
      return cells
    }
  }

  /// Phases of a round in execution order, which depends only on the seed and the round, so that
  /// drift affects all of them. The phases of a round share their random schedules, and each round
  /// has its own: otherwise all rounds would repeat one accident of a schedule.
  package func cells(ofRound round: Int, seed: UInt64) -> [LoadTestCell] {
    var generator = SplitMix64(seed: seed &+ UInt64(round) &* 0x9e37_79b9)
    let scheduled = cells.map { cell in
      var cell = cell
      for place in cell.streams.indices {
        cell.streams[place].arrivals.seed &+= UInt64(round - 1)
      }
      return cell
    }
    return scheduled.shuffled(using: &generator)
  }

  /// Upper bound of the rows for batches, plus one prepared batch per connection. A closed loop is
  /// bounded by the server.
  package func rowsMax(_ cell: LoadTestCell) -> Int {
    preloadRows
      + cell.streams.reduce(0) { sum, stream in
        let requests = stream.arrivals.countMax(within: spanMs) + stream.connections
        return sum + (stream.rowsPerBatch ?? 0) * requests
      }
  }
}

/// Bounds that a load must meet.
package struct ServiceLevel: Codable, Equatable, Sendable {
  /// Maximum 99th percentile of response times, in milliseconds.
  package var p99Ms: Double?
  /// Maximum failed requests.
  package var errors: Int?
  /// Maximum of resident set and tracker, in bytes.
  package var serverMemoryBytes: Int?
}

extension ServiceLevel: CustomStringConvertible {
  /// For example `p99 at most 2.00 s, at most 0 errors`.
  package var description: String {
    [
      p99Ms.map { "p99 at most \(FigureUnit.milliseconds.text($0))" },
      errors.map { "at most \(Count($0)) errors" },
      serverMemoryBytes.map { "server memory at most \(ByteCount($0))" },
    ].compactMap(\.self).joined(separator: ", ")
  }
}

/// A bound of a figure that determines the exit code.
package struct LoadTestThreshold: Codable, Equatable, Sendable {
  package enum Figure: String, Codable, CaseIterable, Sendable {
    /// Percentiles of response times.
    case p50, p90, p99
    /// Of service times.
    case serviceP99 = "service_p99"
    /// Failed requests.
    case errors
    /// Rows or bytes per second, acknowledged or received.
    case rowsPerSecond = "rows_per_second"
    case bytesPerSecond = "bytes_per_second"
    /// Ratio of the percentile with the other stream to that alone.
    case p50Ratio = "p50_ratio"
    case p99Ratio = "p99_ratio"
    /// How many times as long the median and the 99th percentile are with the view as without.
    case p50ViewRatio = "p50_view_ratio"
    /// See `p50ViewRatio`.
    case p99ViewRatio = "p99_view_ratio"
    /// How much later than planned a request began, at most: its wait for a free connection and
    /// the lag of the harness.
    case startDelay = "start_delay"
    /// The server's memory.
    case serverMemory = "server_memory"
    case parts

    /// Nil for ratios.
    package var unit: FigureUnit? {
      switch self {
      case .p50, .p90, .p99, .serviceP99, .startDelay: .milliseconds
      case .errors, .parts: .count
      case .rowsPerSecond: .rows
      case .bytesPerSecond, .serverMemory: .bytes
      case .p50Ratio, .p99Ratio, .p50ViewRatio, .p99ViewRatio: nil
      }
    }
  }

  package var figure: Figure
  /// ``LoadTestQuestion/Stream/ingest``, or an export's name or path; nil for figures of the
  /// server.
  package var stream: String?
  /// Nil for all phases with the stream.
  package var streamMix: StreamMix?
  /// Nil for both.
  package var target: InsertTarget?
  /// In milliseconds, bytes, or the figure's unit.
  package var atMost: Double?
  package var atLeast: Double?

  package init(
    _ figure: Figure, of stream: String? = nil, during streamMix: StreamMix? = nil,
    target: InsertTarget? = nil, atMost: Double? = nil, atLeast: Double? = nil
  ) {
    (self.figure, self.stream, self.streamMix, self.target) = (figure, stream, streamMix, target)
    (self.atMost, self.atLeast) = (atMost, atLeast)
  }
}
