// Everything that a run has recorded, file by file: what every conclusion is drawn from.

/// A record with a file of its own in the run's folder, to which rows are only ever appended.
public protocol Filed: Recorded {
  /// The file's name: `samples.csv`.
  static var fileName: String { get }
  /// Where records of this kind are kept in memory.
  static var list: WritableKeyPath<Records, [Self]> & Sendable { get }
}

/// The lengths of a window that a file may hold, in milliseconds. Reports take logarithms of them.
let windowMsRange: ClosedRange<Double> = 1...CSVColumn<Sample>.numberMax

/// The records of a run, in the order of their files.
public struct Records: Sendable, Equatable {
  /// Export attempts: `samples.csv`.
  public var samples: [Sample] = []
  /// Inserts, in pairs: `inserts.csv`.
  public var inserts: [InsertSample] = []
  /// Tables on disk: `storage.csv`.
  public var storage: [StorageSample] = []
  /// Columns on disk: `columns.csv`.
  public var columns: [ColumnSample] = []
  /// Answers held against the ground truth: `verification.csv`.
  public var verifications: [VerificationSample] = []
  /// What was wrong with answers: `differences.csv`.
  public var differences: [DifferenceSample] = []
  /// What rounds of inserts and their merges wrote: `merges.csv`.
  public var merges: [MergeSample] = []
  /// Seconds of a sustained load: `timeline.csv`.
  public var timeline: [TimelineSample] = []

  /// Queries of a backfill: `backfill.csv`.
  public var backfills: [BackfillSample] = []
  /// Exports under a memory limit: `frontier.csv`.
  public var frontier: [FrontierProbe] = []
  /// Requests of a load: `requests.csv`.
  public var requests: [RequestSample] = []
  /// Phases of a load: `phases.csv`.
  public var phases: [PhaseSample] = []
  /// Seconds of a load: `seconds.csv`.
  public var seconds: [SecondSample] = []

  /// Takes what is given; nothing by default.
  public init(
    samples: [Sample] = [], inserts: [InsertSample] = [], storage: [StorageSample] = [],
    merges: [MergeSample] = [], timeline: [TimelineSample] = [],
    requests: [RequestSample] = [], seconds: [SecondSample] = []
  ) {
    self.samples = samples
    self.inserts = inserts
    self.storage = storage
    self.merges = merges
    self.timeline = timeline
    self.requests = requests
    self.seconds = seconds
  }

  /// Every kind of record that has a file.
  public static let kinds: [any Filed.Type] = [
    Sample.self, InsertSample.self, StorageSample.self, ColumnSample.self,
    VerificationSample.self, DifferenceSample.self, MergeSample.self, TimelineSample.self,
    BackfillSample.self, FrontierProbe.self, RequestSample.self, PhaseSample.self,
    SecondSample.self,
  ]

  /// Whether nothing has been measured yet.
  public var isEmpty: Bool { self == Records() }
}

extension Sample: Filed {
  /// The file of export attempts.
  public static let fileName = "samples.csv"
  /// Export attempts.
  public static var list: WritableKeyPath<Records, [Sample]> & Sendable { \.samples }
}

extension InsertSample: Filed {
  /// The file of inserts.
  public static let fileName = "inserts.csv"
  /// Inserts.
  public static var list: WritableKeyPath<Records, [InsertSample]> & Sendable { \.inserts }
}

extension StorageSample: Filed {
  /// The file of tables on disk.
  public static let fileName = "storage.csv"
  /// Tables on disk.
  public static var list: WritableKeyPath<Records, [StorageSample]> & Sendable { \.storage }
}

extension MergeSample: Filed {
  /// The file of what rounds wrote.
  public static let fileName = "merges.csv"
  /// What rounds wrote.
  public static var list: WritableKeyPath<Records, [MergeSample]> & Sendable { \.merges }
}

extension TimelineSample: Filed {
  /// The file of a sustained load's seconds.
  public static let fileName = "timeline.csv"
  /// A sustained load's seconds.
  public static var list: WritableKeyPath<Records, [TimelineSample]> & Sendable { \.timeline }
}
