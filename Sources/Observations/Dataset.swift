// What a dataset is: the figures of a `datasets/*.yaml` file, and nothing that is drawn from them.
//
// The rows follow from these figures and the seed alone; see `Rows` for how.

import Units

/// The description of a dataset. Equal descriptions make equal bytes, on any machine.
public struct Dataset: Sendable, Equatable {
  /// The most versions that `versions` can give an observation.
  public static let versionsMax = 64
  /// The most versions that a hot observation can have.
  public static let hotVersionsMax = 1_000

  /// In which order the rows come in.
  public enum Order: String, Sendable, CaseIterable {
    /// By the time at which a version was made, as production sees it.
    case time
    /// The versions of an observation one after another.
    case observation
    /// A seeded shuffle in which an old version may come after a newer one.
    case shuffled
  }

  /// A word with the weight with which it is chosen; weights need not add up to one.
  public struct Choice: Sendable, Equatable {
    /// The word.
    public let word: String
    /// Its weight, 0 or more.
    public let weight: Double

    /// Makes a choice.
    public init(_ word: String, _ weight: Double) {
      self.word = word
      self.weight = weight
    }
  }

  /// The large columns, in bytes per row.
  public struct Payload: Sendable, Equatable {
    /// Column `input`: the same text in every version. Absent is `NULL`.
    public var input = LongTail.nothing
    /// Column `output` of the last version. Absent is `NULL`.
    public var output = LongTail.nothing
    /// Column `metadata`: the bytes of all its values. Absent is an empty map.
    public var metadata = LongTail.nothing
    /// Whether version v of V has only the first (v - 1) / (V - 1) of its output, as an observation
    /// that was still running had; otherwise every version has all of it.
    public var partialOutput = true

    /// How many bytes of `input` ZSTD(3) makes one of where no text is there twice: 1.45 to 15, and
    /// 3.2 for nil, which is prose as it is.
    public var inputCompression: Double?
    /// The same of `output`.
    public var outputCompression: Double?

    /// The compressions that generated texts can have.
    public static let compressions = 1.45...15.0

    /// No payload at all.
    public init() {}
  }

  /// What reports call it.
  public let name: String
  /// Why it is as it is.
  public var description = ""
  /// Another seed makes other rows of the same kind.
  public var seed: UInt64 = 1
  /// The number of different ids.
  public let observations: Int
  /// How many observations share a trace, and with it their project.
  public var observationsPerTrace = 8
  /// The number of projects.
  public var projects = 1
  /// The part of the traces that is the first project's, the one that is exported.
  public var firstProjectShare = 1.0
  /// The first `start_time`, in milliseconds since 1970, UTC.
  public let start: Int64
  /// The span over which `start_time` is spread evenly.
  public let span: TimeSpan
  /// The part of the observations that has 1, 2, 3, … versions; adds up to one.
  public var versions: [Double] = [1]
  /// Milliseconds from `start_time` to the first version, and from each version to the next.
  public var lag = LongTail(median: 4_000, p99: 120_000, max: 1_800_000)
  /// In which order rows come in.
  public var order = Order.time
  /// The part of the observations whose last version is a tombstone (`is_deleted = 1`).
  public var deleted = 0.0
  /// The part of the observations that has each shape; with `deleted` at most one. What is left is
  /// plain, or superseded where it has several versions. Of no effect for those and `deleted`.
  public var shapes: [Shape: Double] = [:]
  /// The number of versions of a hot observation.
  public var hotVersions = 200
  /// The large columns.
  public var payload = Payload()
  /// Column `type`.
  public var types = [
    Choice("GENERATION", 0.45), Choice("SPAN", 0.45), Choice("EVENT", 0.1),
  ]
  /// Column `environment`.
  public var environments = [
    Choice("production", 0.8), Choice("staging", 0.15), Choice("development", 0.05),
  ]
  /// Column `level`.
  public var levels = [
    Choice("DEFAULT", 0.94), Choice("DEBUG", 0.03), Choice("WARNING", 0.02), Choice("ERROR", 0.01),
  ]
  /// Column `provided_model_name` of generations.
  public var models = [
    Choice("gpt-4o", 0.4), Choice("gpt-4o-mini", 0.3), Choice("claude-3-5-sonnet-20241022", 0.2),
    Choice("gemini-1.5-pro", 0.1),
  ]

  /// Makes a description with everything else at its default, for code that needs no file.
  public init(name: String, observations: Int, start: Int64, span: TimeSpan) {
    self.name = name
    self.observations = observations
    self.start = start
    self.span = span
  }

  /// The `project_id` of a project, numbered from 0.
  public func projectID(_ number: Int) -> String {
    let digits = String(number + 1)
    return "project-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// The `project_id` of the project that is exported: the first.
  public var exportProject: String { projectID(0) }

  /// The window that begins where the data does: both ends inclusive, in milliseconds since 1970.
  public func window(_ length: TimeSpan) -> ClosedRange<Int64> {
    start...(start + Int64(max(1, length.milliseconds)) - 1)
  }
}
