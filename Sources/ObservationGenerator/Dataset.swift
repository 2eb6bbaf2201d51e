// Dataset description: the values of a `datasets/*.yaml` file. With the seed they determine every
// row, see `Rows`.

import Units

/// Equal descriptions produce equal bytes on any machine.
package struct Dataset: Sendable, Equatable {
  /// The largest number of versions in `versions`.
  package static let versionsMax = 64
  package static let hotVersionsMax = 1_000

  /// Arrival order.
  package enum Order: String, Sendable, CaseIterable {
    /// By creation time of a version, as in production.
    case time
    /// The versions of an observation one after another.
    case observation
    /// A seeded shuffle in which an old version may arrive after a newer one.
    case shuffled
  }

  /// A value and its weight; weights need not add up to 1.
  package struct Choice: Sendable, Equatable {
    package let word: String
    /// At least 0.
    package let weight: Double

    package init(_ word: String, _ weight: Double) {
      self.word = word
      self.weight = weight
    }
  }

  /// The large columns, in bytes per row.
  package struct Payload: Sendable, Equatable {
    /// The same text in every version. Absent is `NULL`.
    package var input = LongTail.nothing
    /// Of the last version. Absent is `NULL`.
    package var output = LongTail.nothing
    /// Total bytes of all values. Absent is an empty map.
    package var metadata = LongTail.nothing
    /// Whether version v of V has only the first (v − 1) / (V − 1) of its output, like a running
    /// observation; otherwise every version has all of it.
    package var partialOutput = true

    /// Nil without one.
    package var sharedPrefix: SharedPrefix?

    /// Text with which the inputs of many rows begin, as a system prompt does.
    package struct SharedPrefix: Sendable, Equatable {
      /// Different texts; each row with an input has one of them.
      package var kinds: Int
      /// Added to the size of the input.
      package var bytes: Int

      package init(kinds: Int, bytes: Int) { (self.kinds, self.bytes) = (kinds, bytes) }

      /// At least the beginning of a chat message.
      package static let bytesRange = 128...(1 << 20)
    }

    /// Ratio by which ZSTD(3) compresses `input` if no text is repeated: 1.45 to 15; nil is prose,
    /// about 3.2.
    package var inputCompression: Double?
    package var outputCompression: Double?

    package static let compressions = 1.45...15.0

    package init() {}
  }

  /// The name in reports.
  package let name: String
  package var description = ""
  /// Another seed produces other rows with the same distribution.
  package var seed: UInt64 = 1
  /// Number of distinct ids.
  package let observations: Int
  /// Observations per trace; a trace belongs to one project.
  package var observationsPerTrace = 8
  package var projects = 1
  /// Fraction of the traces in the first project, which is the exported one.
  package var firstProjectShare = 1.0
  /// First `start_time`, in milliseconds since 1970, UTC.
  package let start: Int64
  /// `start_time` is spread evenly over this span.
  package let span: TimeSpan
  /// Fractions of the observations with 1, 2, 3, … versions; their sum is 1.
  package var versions: [Double] = [1]
  /// Milliseconds from `start_time` to the first version, and between versions.
  package var lag = LongTail(median: 4_000, p99: 120_000, max: 1_800_000)
  package var order = Order.time
  /// Fraction of the observations whose last version is a tombstone (`is_deleted = 1`).
  package var deleted = 0.0
  /// Fraction of the observations of each shape; with `deleted` at most 1. The rest is plain, or
  /// superseded if it has several versions.
  package var shapes: [Shape: Double] = [:]
  package var hotVersions = 200
  package var payload = Payload()
  package var types = [
    Choice("GENERATION", 0.45), Choice("SPAN", 0.45), Choice("EVENT", 0.1),
  ]
  package var environments = [
    Choice("production", 0.8), Choice("staging", 0.15), Choice("development", 0.05),
  ]
  package var levels = [
    Choice("DEFAULT", 0.94), Choice("DEBUG", 0.03), Choice("WARNING", 0.02), Choice("ERROR", 0.01),
  ]
  /// For generations.
  package var models = [
    Choice("gpt-4o", 0.4), Choice("gpt-4o-mini", 0.3), Choice("claude-3-5-sonnet-20241022", 0.2),
    Choice("gemini-1.5-pro", 0.1),
  ]

  /// All other properties have their defaults.
  package init(name: String, observations: Int, start: Int64, span: TimeSpan) {
    self.name = name
    self.observations = observations
    self.start = start
    self.span = span
  }

  /// The `project_id` of a project, numbered from 0.
  package func projectID(_ number: Int) -> String { "project-" + zeroFilled(number + 1, 4) }

  /// The first project.
  package var exportProject: String { projectID(0) }

  /// The window at the start of the data: both ends inclusive, in milliseconds since 1970.
  package func window(_ length: TimeSpan) -> ClosedRange<Int64> {
    start...(start + Int64(max(1, length.milliseconds)) - 1)
  }
}
