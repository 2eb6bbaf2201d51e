// What a load asks: its streams of requests, the phases that are compared, the level of service
// that must hold, and what decides the exit code. As the benchmark's file has it, and the manifest.

import CSVRecords
import Statistics
import Units

/// Everything that a load is made of.
package struct LoadTestQuestion: Codable, Equatable, Sendable {
  /// One stream of requests.
  package struct Stream: Codable, Equatable, Sendable {
    /// What files and reports call it: ``ingest``, or `limit-by 1d x4`.
    package var name: String
    /// The export path; nil of ingestion.
    package var path: String?
    /// The exported window in milliseconds from the dataset's start; nil of ingestion.
    package var windowMs: Int?
    /// Rows in one batch; nil of an export.
    package var rowsPerBatch: Int?
    /// When requests begin.
    package var pacing: ArrivalProcess
    /// Requests under way at once at most.
    package var connections: Int
    /// Whether there is nothing to export without the view.
    package var needsView = false

    /// The name of the stream of batches.
    package static let ingest = "ingest"

    package init(
      name: String, path: String? = nil, windowMs: Int? = nil, rowsPerBatch: Int? = nil,
      pacing: ArrivalProcess, connections: Int
    ) {
      (self.name, self.path, self.windowMs) = (name, path, windowMs)
      (self.rowsPerBatch, self.pacing, self.connections) = (rowsPerBatch, pacing, connections)
    }

    /// What one of several drivers makes of it: every so-manieth request over its share of the
    /// connections. Drivers beyond the number of connections make none.
    ///
    /// - Parameter part: which driver; nil where there is but one.
    /// - Returns: the stream with this driver's connections, and which of its requests; or nothing.
    package func share(of part: DriverShard?) -> (stream: Stream, of: DriverShard?)? {
      guard let part, part.count > 1 else { return (self, nil) }
      guard part.number <= connections,
        let share = DriverShard(part.number, of: min(part.count, connections))
      else { return nil }
      var own = self
      own.connections = (1...connections).count(where: share.holds)
      return (own, share)
    }
  }

  /// How long requests do not count yet, in milliseconds.
  package var warmupMs = 0
  /// How long they count, in milliseconds.
  package var durationMs = 10_000
  /// How often each phase is made.
  package var rounds = 1
  /// Rows in the table when a phase begins.
  package var preloadRows = 0
  /// A request that is not answered within so many milliseconds has failed.
  package var timeoutMs = 60_000
  /// Batches; nil where there are none.
  package var ingest: Stream?
  /// Exports, each in phases of its own.
  package var exports: [Stream] = []
  package var compare: [StreamMix] = StreamMix.allCases
  package var targets: [InsertTarget] = [.withView]
  /// What must hold for a load to be borne.
  package var serviceLevel: ServiceLevel?
  /// Searches for the highest load that is.
  package var searches: [LoadTestSearch] = []
  /// What decides the exit code.
  package var thresholds: [LoadTestThreshold] = []

  package init() {}

  /// No phase has more requests than this: each is a row.
  package static let requestsMax = 1_000_000

  /// How long after its end a phase waits for requests that are late, in milliseconds.
  package var graceMs: Double { min(30_000, Double(durationMs)) }

  /// How long requests begin, in milliseconds.
  package var spanMs: Double { Double(warmupMs + durationMs) }

  /// All streams, batches first.
  package var streams: [Stream] { [ingest].compactMap(\.self) + exports }
}

/// One thing that goes on at a time: a phase, before anybody has made it.
package struct LoadTestCell: Equatable, Sendable {
  /// What goes on.
  package var traffic: StreamMix
  /// Whether the view is there.
  package var target: InsertTarget
  /// The streams, batches first.
  package var streams: [LoadTestQuestion.Stream]

  /// The export's name; nil where nothing is exported.
  package var export: String? { streams.first { $0.path != nil }?.name }

  /// `ingest + limit-by 1d x4, with view`.
  package var label: String {
    Self.label(traffic, export: export) + ", " + target.words
  }

  package static func label(_ traffic: StreamMix, export: String?) -> String {
    switch traffic {
    case .ingest: "ingest"
    case .exports: export ?? "exports"
    case .both: "ingest + \(export ?? "exports")"
    }
  }
}

extension InsertTarget {
  /// For people: `with view`, `without view`.
  package var words: String { self == .plain ? "without view" : "with view" }
}

extension LoadTestQuestion {
  /// The phases of a round, in the order of the file.
  package var cells: [LoadTestCell] {
    targets.flatMap { target in
      var cells: [LoadTestCell] = []
      if compare.contains(.ingest), let ingest {
        cells.append(LoadTestCell(traffic: .ingest, target: target, streams: [ingest]))
      }
      for export in exports where target == .withView || !export.needsView {
        if compare.contains(.exports) {
          cells.append(LoadTestCell(traffic: .exports, target: target, streams: [export]))
        }
        if compare.contains(.both), let ingest {
          cells.append(LoadTestCell(traffic: .both, target: target, streams: [ingest, export]))
        }
      }
      return cells
    }
  }

  /// The phases of one round in the order in which they are made, which follows from the seed and
  /// the round alone: what drifts over a run meets all of them.
  package func cells(ofRound round: Int, seed: UInt64) -> [LoadTestCell] {
    var generator = SplitMix64(seed: seed &+ UInt64(round) &* 0x9e37_79b9)
    return cells.shuffled(using: &generator)
  }

  /// The most rows that a phase can need: those of its batches, one more for each connection, which
  /// is made beforehand. How many a closed loop makes is the server's doing.
  package func rowsMax(_ cell: LoadTestCell) -> Int {
    preloadRows
      + cell.streams.reduce(0) { sum, stream in
        let requests = stream.pacing.countMax(within: spanMs) + stream.connections
        return sum + (stream.rowsPerBatch ?? 0) * requests
      }
  }
}

/// What must hold for a load to be borne.
package struct ServiceLevel: Codable, Equatable, Sendable {
  /// The 99th percentile of response times in milliseconds, at most.
  package var p99Ms: Double?
  /// Requests that do not end well, at most.
  package var errors: Int?
  /// The server's memory in bytes, at most: its resident set or its tracker, whichever is more.
  package var serverMemoryBytes: Int?

  package init(p99Ms: Double? = nil, errors: Int? = nil, serverMemoryBytes: Int? = nil) {
    (self.p99Ms, self.errors, self.serverMemoryBytes) = (p99Ms, errors, serverMemoryBytes)
  }
}

extension ServiceLevel: CustomStringConvertible {
  /// `p99 at most 2.00 s, at most 0 errors`.
  package var description: String {
    [
      p99Ms.map { "p99 at most \(FigureUnit.milliseconds.text($0))" },
      errors.map { "at most \(Count($0)) errors" },
      serverMemoryBytes.map { "server memory at most \(ByteCount($0))" },
    ].compactMap(\.self).joined(separator: ", ")
  }
}

/// A bound of one figure, which decides the exit code.
package struct LoadTestThreshold: Codable, Equatable, Sendable {
  package enum Figure: String, Codable, CaseIterable, Sendable {
    /// Percentiles of response times.
    case p50, p90, p99
    /// The same of service times.
    case serviceP99 = "service_p99"
    /// Requests that did not end well.
    case errors
    /// Rows or bytes a second that were acknowledged, or received.
    case rowsPerSecond = "rows_per_second"
    /// See `rowsPerSecond`.
    case bytesPerSecond = "bytes_per_second"
    /// How many times as long the median and the 99th percentile are beside the other stream as
    /// alone.
    case p50Ratio = "p50_ratio"
    /// See `p50Ratio`.
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
    /// Active parts of table and view.
    case parts

    /// What it counts; nil of a ratio.
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
  /// The stream: ``LoadTestQuestion/Stream/ingest``, an export's name or its path; nil of a figure
  /// of the server.
  package var stream: String?
  /// In which phases; nil is all that have the stream.
  package var traffic: StreamMix?
  /// With the view or without; nil is both.
  package var target: InsertTarget?
  /// In milliseconds, bytes, or what the figure counts.
  package var atMost: Double?
  /// See `atMost`.
  package var atLeast: Double?

  package init(
    _ figure: Figure, of stream: String? = nil, during traffic: StreamMix? = nil,
    target: InsertTarget? = nil, atMost: Double? = nil, atLeast: Double? = nil
  ) {
    (self.figure, self.stream, self.traffic, self.target) = (figure, stream, traffic, target)
    (self.atMost, self.atLeast) = (atMost, atLeast)
  }
}
