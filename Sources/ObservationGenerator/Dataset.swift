// What a dataset is: the figures of a `datasets/*.yaml` file, and nothing that is drawn from them.
//
// The rows follow from these figures and the seed alone; see `Rows` for how.

import Units

/// The description of a dataset. Equal descriptions make equal bytes, on any machine.
package struct Dataset: Sendable, Equatable {
  /// The most versions that `versions` can give an observation.
  package static let versionsMax = 64
  /// The most versions that a hot observation can have.
  package static let hotVersionsMax = 1_000

  /// In which order the rows come in.
  package enum Order: String, Sendable, CaseIterable {
    /// By the time at which a version was made, as production sees it.
    case time
    /// The versions of an observation one after another.
    case observation
    /// A seeded shuffle in which an old version may come after a newer one.
    case shuffled
  }

  /// A word with the weight with which it is chosen; weights need not add up to one.
  package struct Choice: Sendable, Equatable {
    package let word: String
    /// Its weight, 0 or more.
    package let weight: Double

    package init(_ word: String, _ weight: Double) {
      self.word = word
      self.weight = weight
    }
  }

  /// The large columns, in bytes per row.
  package struct Payload: Sendable, Equatable {
    /// Column `input`: the same text in every version. Absent is `NULL`.
    package var input = LongTail.nothing
    /// Column `output` of the last version. Absent is `NULL`.
    package var output = LongTail.nothing
    /// Column `metadata`: the bytes of all its values. Absent is an empty map.
    package var metadata = LongTail.nothing
    /// Whether version v of V has only the first (v - 1) / (V - 1) of its output, as an observation
    /// that was still running had; otherwise every version has all of it.
    package var partialOutput = true

    /// How many bytes of `input` ZSTD(3) makes one of where no text is there twice: 1.45 to 15, and
    /// 3.2 for nil, which is prose as it is.
    package var inputCompression: Double?
    package var outputCompression: Double?

    /// The compressions that generated texts can have.
    package static let compressions = 1.45...15.0

    package init() {}
  }

  /// What reports call it.
  package let name: String
  package var description = ""
  /// Another seed makes other rows of the same kind.
  package var seed: UInt64 = 1
  /// The number of different ids.
  package let observations: Int
  /// How many observations share a trace, and with it their project.
  package var observationsPerTrace = 8
  package var projects = 1
  /// The part of the traces that is the first project's, the one that is exported.
  package var firstProjectShare = 1.0
  /// The first `start_time`, in milliseconds since 1970, UTC.
  package let start: Int64
  /// The span over which `start_time` is spread evenly.
  package let span: TimeSpan
  /// The part of the observations that has 1, 2, 3, … versions; adds up to one.
  package var versions: [Double] = [1]
  /// Milliseconds from `start_time` to the first version, and from each version to the next.
  package var lag = LongTail(median: 4_000, p99: 120_000, max: 1_800_000)
  /// In which order rows come in.
  package var order = Order.time
  /// The part of the observations whose last version is a tombstone (`is_deleted = 1`).
  package var deleted = 0.0
  /// The part of the observations that has each shape; with `deleted` at most one. What is left is
  /// plain, or superseded where it has several versions. Of no effect for those and `deleted`.
  package var shapes: [Shape: Double] = [:]
  /// The number of versions of a hot observation.
  package var hotVersions = 200
  /// The large columns.
  package var payload = Payload()
  /// Column `type`.
  package var types = [
    Choice("GENERATION", 0.45), Choice("SPAN", 0.45), Choice("EVENT", 0.1),
  ]
  /// Column `environment`.
  package var environments = [
    Choice("production", 0.8), Choice("staging", 0.15), Choice("development", 0.05),
  ]
  /// Column `level`.
  package var levels = [
    Choice("DEFAULT", 0.94), Choice("DEBUG", 0.03), Choice("WARNING", 0.02), Choice("ERROR", 0.01),
  ]
  /// Column `provided_model_name` of generations.
  package var models = [
    Choice("gpt-4o", 0.4), Choice("gpt-4o-mini", 0.3), Choice("claude-3-5-sonnet-20241022", 0.2),
    Choice("gemini-1.5-pro", 0.1),
  ]

  /// Makes a description with everything else at its default, for code that needs no file.
  package init(name: String, observations: Int, start: Int64, span: TimeSpan) {
    self.name = name
    self.observations = observations
    self.start = start
    self.span = span
  }

  /// The `project_id` of a project, numbered from 0.
  package func projectID(_ number: Int) -> String {
    let digits = String(number + 1)
    return "project-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// The `project_id` of the project that is exported: the first.
  package var exportProject: String { projectID(0) }

  /// The window that begins where the data does: both ends inclusive, in milliseconds since 1970.
  package func window(_ length: TimeSpan) -> ClosedRange<Int64> {
    start...(start + Int64(max(1, length.milliseconds)) - 1)
  }
}
