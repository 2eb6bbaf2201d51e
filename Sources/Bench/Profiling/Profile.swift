// What was measured of a table, as numbers. Holds no value of any row, and asks nothing.

import Observations
import Results

/// The moments of a table of observations that a dataset can name.
public struct Profile: Sendable, Equatable {
  /// Whole days of `start_time`, in milliseconds since 1970: from, and up to but not including.
  public struct Window: Sendable, Equatable {
    /// The first moment.
    public var from: Int64
    /// The moment behind the last.
    public var to: Int64
    /// How many days.
    public var days: Int { Int((to - from) / dayMs) }
    /// The newer half of its days; nil of a single day.
    var newerHalf: Window? { days > 1 ? Window(from: to - Int64(days / 2) * dayMs, to: to) : nil }
  }

  /// What one question read.
  public struct Reading: Sendable, Equatable {
    /// Which question.
    public var question: String
    /// Rows and uncompressed bytes that the server read; nil where it did not say.
    public var rows: Int?
    /// Uncompressed bytes.
    public var bytes: Int?
    /// Seconds on the server.
    public var seconds: Double?
    /// Peak of the server's tracker in bytes; nil for a user who may not read the query log.
    public var memoryPeakBytes: Int?
  }

  /// A size or a span with a long tail.
  public struct Tail: Sendable, Equatable {
    /// Of the values that are there.
    public var median: Int
    /// Of the values that are there.
    public var p99: Int
    /// The largest that was seen.
    public var max: Int
    /// The part that has none.
    public var absent: Double
  }

  /// Counts of known words, and how much lies outside of them.
  public struct Words: Sendable, Equatable {
    /// Ids for each known word, in the order of the vocabulary.
    public var known: [Int]
    /// Different words that are not known, which are never named.
    public var others: Int
  }

  /// Ids for each word, the most frequent first, without the words.
  public struct Ranks: Sendable, Equatable {
    /// Ids for each of the first ``Profile/ranksMax`` words.
    public var counts: [Int]
    /// Different words.
    public var words: Int
  }

  /// The most words without names that are told apart.
  public static let ranksMax = 100

  /// Rows of the table as the server counts them, and the window that was read.
  public var tableRows = 0
  /// The days that were measured, and whether the table has more.
  public var window = Window(from: 0, to: 0)
  /// Whether the table has days beyond the window because of the bound of rows.
  public var isWindowCut = false
  /// Rows so far from the others that they are left out.
  var excluded: [Manifest.ExcludedRows] = []
  /// The days of the payload.
  public var payloadWindow: Window?
  /// One id of so many was looked at; 1 is all.
  public var sampled = 1
  /// One id of so many, for the payload.
  public var payloadSampled = 1
  /// Rows of the window.
  public var rows = 0
  /// Different ids of the window, with an error of some 0.1 % where they are many.
  public var ids = 0
  /// Ids of the sample.
  public var sampleIDs = 0
  /// Ids of the sample of the payload.
  public var payloadIDs = 0
  /// Different traces and projects of the window; nil without the column.
  public var traces: Int?
  /// Different projects.
  public var projects: Int?
  /// The part of the ids that the largest project has.
  public var firstProjectShare = 1.0
  /// Ids with so many versions.
  public var versions: [Int: Int] = [:]
  /// Ids with more versions than a dataset can say.
  public var hot = 0
  /// Milliseconds from the start to the first version, and from one to the next.
  public var lag: Tail?
  /// Lags of less than a millisecond.
  public var earlyLags = 0
  /// The part whose newest version is a tombstone; nil without the column.
  public var deleted: Double?
  /// Column `type`.
  public var types: Words?
  /// Column `level`.
  public var levels: Words?
  /// Column `environment`.
  public var environments: Ranks?
  /// Column `provided_model_name`.
  public var models: Ranks?
  /// Bytes of `input`, `output` of the newest version, and `metadata`.
  public var payload: [String: Tail] = [:]
  /// Whether most ids of several versions began with less output than they ended with.
  public var partialOutput: Bool?
  /// Bytes for each that ZSTD(3) leaves of the texts of one version, by column; empty where the
  /// server cannot say.
  public var compression: [String: Double] = [:]
  /// Uncompressed bytes for each compressed one on disk, by column.
  public var compressionOnDisk: [String: Double] = [:]
  /// Columns that the table lacks.
  public var missing: [String] = []
  /// What was read.
  public var readings: [Reading] = []

  /// Nothing measured yet.
  public init() {}
}

/// Milliseconds of a day.
let dayMs: Int64 = 86_400_000
