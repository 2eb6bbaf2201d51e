// What was measured of a table, as numbers. Holds no value of any row, and asks nothing.

import RunStore

/// The moments of a table of observations that a dataset can name.
package struct Profile: Sendable, Equatable {
  /// Whole days of `start_time`, in milliseconds since 1970: from, and up to but not including.
  package struct Window: Sendable, Equatable {
    /// The first moment.
    package var from: Int64
    /// The moment behind the last.
    package var to: Int64
    package var days: Int { Int((to - from) / dayMs) }
    /// The newer half of its days; nil of a single day.
    var newerHalf: Window? { days > 1 ? Window(from: to - Int64(days / 2) * dayMs, to: to) : nil }
  }

  /// What one question read.
  package struct Reading: Sendable, Equatable {
    package var question: String
    /// Rows and uncompressed bytes that the server read; nil where it did not say.
    package var rows: Int?
    /// Uncompressed bytes.
    package var bytes: Int?
    /// Seconds on the server.
    package var seconds: Double?
    /// Peak of the server's tracker in bytes; nil for a user who may not read the query log.
    package var memoryPeakBytes: Int?
  }

  /// A size or a span with a long tail.
  package struct Tail: Sendable, Equatable {
    package var median: Int
    package var p99: Int
    /// The largest that was seen.
    package var max: Int
    /// The part that has none.
    package var absent: Double
  }

  /// Counts of known words, and how much lies outside of them.
  package struct Words: Sendable, Equatable {
    /// Ids for each known word, in the order of the vocabulary.
    package var known: [Int]
    /// Different words that are not known, which are never named.
    package var others: Int
  }

  /// Ids for each word, the most frequent first, without the words.
  package struct Ranks: Sendable, Equatable {
    /// Ids for each of the first ``Profile/ranksMax`` words.
    package var counts: [Int]
    /// Different words.
    package var words: Int
  }

  /// The most words without names that are told apart.
  package static let ranksMax = 100

  /// Rows of the table as the server counts them, and the window that was read.
  package var tableRows = 0
  /// The days that were measured, and whether the table has more.
  package var window = Window(from: 0, to: 0)
  /// Whether the table has days beyond the window because of the bound of rows.
  package var isWindowCut = false
  /// Rows so far from the others that they are left out.
  package var excluded: [Manifest.ExcludedRows] = []
  /// The days of the payload.
  package var payloadWindow: Window?
  /// One id of so many was looked at; 1 is all.
  package var sampled = 1
  /// One id of so many, for the payload.
  package var payloadSampled = 1
  /// Rows of the window.
  package var rows = 0
  /// Different ids of the window, with an error of some 0.1 % where they are many.
  package var ids = 0
  /// Ids of the sample.
  package var sampleIDs = 0
  /// Ids of the sample of the payload.
  package var payloadIDs = 0
  /// Different traces and projects of the window; nil without the column.
  package var traces: Int?
  /// Different projects.
  package var projects: Int?
  /// The part of the ids that the largest project has.
  package var firstProjectShare = 1.0
  /// Ids with so many versions.
  package var versions: [Int: Int] = [:]
  /// Ids with more versions than a dataset can say.
  package var hot = 0
  /// Milliseconds from the start to the first version, and from one to the next.
  package var lag: Tail?
  /// Lags of less than a millisecond.
  package var earlyLags = 0
  /// The part whose newest version is a tombstone; nil without the column.
  package var deleted: Double?
  /// Column `type`.
  package var types: Words?
  /// Column `level`.
  package var levels: Words?
  /// Column `environment`.
  package var environments: Ranks?
  /// Column `provided_model_name`.
  package var models: Ranks?
  /// Bytes of `input`, `output` of the newest version, and `metadata`.
  package var payload: [String: Tail] = [:]
  /// Whether most ids of several versions began with less output than they ended with.
  package var partialOutput: Bool?
  /// Bytes for each that ZSTD(3) leaves of the texts of one version, by column; empty where the
  /// server cannot say.
  package var compression: [String: Double] = [:]
  /// Uncompressed bytes for each compressed one on disk, by column.
  package var compressionOnDisk: [String: Double] = [:]
  /// Columns that the table lacks.
  package var missing: [String] = []
  package var readings: [Reading] = []

  /// Nothing measured yet.
  package init() {}
}

/// Milliseconds of a day.
package let dayMs: Int64 = 86_400_000
