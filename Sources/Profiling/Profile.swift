// Profile of an observations table: measured numbers without any value of a row.

import ObservationGenerator
import RunStore

package struct Profile: Sendable, Equatable {
  /// Whole days of `start_time`, in milliseconds since 1970; `to` is exclusive.
  package struct Window: Sendable, Equatable {
    package var from: Int64
    /// Exclusive.
    package var to: Int64
    package var days: Int { Int((to - from) / dayMs) }
    /// The newer half of its days; nil for a single day.
    var newerHalf: Window? { days > 1 ? Window(from: to - Int64(days / 2) * dayMs, to: to) : nil }
  }

  package struct Reading: Sendable, Equatable {
    package var question: String
    /// Read by the server; nil if unknown.
    package var rows: Int?
    /// Uncompressed.
    package var bytes: Int?
    /// On the server.
    package var seconds: Double?
    /// Peak of the server's memory tracker; nil without access to the query log.
    package var memoryPeakBytes: Int?
  }

  /// A long-tailed distribution of sizes or time spans.
  package struct Tail: Sendable, Equatable {
    package var median: Int
    package var p99: Int
    package var max: Int
    /// Fraction without a value.
    package var absent: Double
  }

  /// Counts of known words, and the number of other words.
  package struct Words: Sendable, Equatable {
    /// Ids per known word, in vocabulary order.
    package var known: [Int]
    /// Distinct unknown words, which are never printed.
    package var others: Int
  }

  /// Ids per unnamed word, most frequent first.
  package struct Ranks: Sendable, Equatable {
    /// At most ``Profile/ranksMax``.
    package var counts: [Int]
    /// Distinct words.
    package var words: Int
  }

  /// Maximum of unnamed words that are counted separately.
  package static let ranksMax = 100

  /// Rows of the table according to the server.
  package var tableRows = 0
  /// The measured days.
  package var window = Window(from: 0, to: 0)
  /// Whether the row limit excluded older days.
  package var isWindowCut = false
  /// Excluded outliers.
  package var excluded: [Manifest.ExcludedRows] = []
  package var payloadWindow: Window?
  /// One id in this many was read; 1 means all.
  package var sampled = 1
  /// The same for the payload.
  package var payloadSampled = 1
  /// In the window.
  package var rows = 0
  /// Distinct ids in the window, with an error of about 0.1 % for large counts.
  package var ids = 0
  /// Ids in the sample.
  package var sampleIDs = 0
  /// Ids in the payload sample.
  package var payloadIDs = 0
  /// Distinct traces in the window; nil without the column.
  package var traces: Int?
  package var projects: Int?
  /// Fraction of the ids in the largest project.
  package var firstProjectShare = 1.0
  /// Number of ids by number of versions.
  package var versions: [Int: Int] = [:]
  /// Ids with more versions than a dataset supports.
  package var hot = 0
  /// Milliseconds from the start to the first version, and between versions.
  package var lag: Tail?
  /// Lags below one millisecond.
  package var earlyLags = 0
  /// Fraction of ids whose newest version is a tombstone; nil without the column.
  package var deleted: Double?
  package var types: Words?
  package var levels: Words?
  package var environments: Ranks?
  package var models: Ranks?
  /// Bytes of `input`, of the newest version's `output`, and of `metadata`.
  package var payload: [String: Tail] = [:]
  /// Whether most ids with several versions start with less output than they end with.
  package var partialOutput: Bool?
  /// ZSTD(3) compression ratio of the texts of one version, by column; empty if the server cannot
  /// compute it.
  package var compression: [String: Double] = [:]
  /// Compression ratio on disk, by column.
  package var compressionOnDisk: [String: Double] = [:]
  /// Columns that the table lacks.
  package var missing: [String] = []
  package var readings: [Reading] = []

  package init() {}
}
