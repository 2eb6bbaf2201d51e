// Everything that a run has recorded, file by file: what every conclusion is drawn from.

import CSVRecords

/// A record with a file of its own in the run's folder, to which rows are only ever appended.
package protocol Filed: Recorded {
  /// The file's name: `samples.csv`.
  static var fileName: String { get }
  static var list: WritableKeyPath<Records, [Self]> & Sendable { get }
}

/// The lengths of a window that a file may hold, in milliseconds. Reports take logarithms of them.
let windowMsRange: ClosedRange<Double> = 1...CSVColumn<Sample>.numberMax

/// The records of a run, in the order of their files.
package struct Records: Sendable, Equatable {
  /// Export attempts: `samples.csv`.
  package var samples: [Sample] = []
  /// Inserts, in pairs: `inserts.csv`.
  package var inserts: [InsertSample] = []
  /// Tables on disk: `storage.csv`.
  package var storage: [StorageSample] = []
  /// Columns on disk: `columns.csv`.
  package var columns: [ColumnSample] = []
  /// Answers held against the ground truth: `verification.csv`.
  package var verifications: [VerificationSample] = []
  /// What was wrong with answers: `differences.csv`.
  package var differences: [DifferenceSample] = []
  /// What rounds of inserts and their merges wrote: `merges.csv`.
  package var merges: [MergeSample] = []
  /// Seconds of inserts at a constant rate, in runs of before 0.2: `timeline.csv`.
  package var timeline: [TimelineSample] = []

  /// Queries of a backfill: `backfill.csv`.
  package var backfills: [BackfillSample] = []
  /// Exports under a memory limit: `frontier.csv`.
  package var frontier: [MemoryLimitProbe] = []
  /// Requests of a load: `requests.csv`.
  package var requests: [RequestSample] = []
  /// Phases of a load: `phases.csv`.
  package var phases: [PhaseSample] = []
  /// Seconds of a load: `seconds.csv`.
  package var seconds: [SecondSample] = []

  /// Takes what is given; nothing by default.
  package init(
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
  package static let kinds: [any Filed.Type] = [
    Sample.self, InsertSample.self, StorageSample.self, ColumnSample.self,
    VerificationSample.self, DifferenceSample.self, MergeSample.self, TimelineSample.self,
    BackfillSample.self, MemoryLimitProbe.self, RequestSample.self, PhaseSample.self,
    SecondSample.self,
  ]

  /// Whether nothing has been measured yet.
  package var isEmpty: Bool { self == Records() }
}

extension Sample: Filed {
  package static let fileName = "samples.csv"
  package static var list: WritableKeyPath<Records, [Sample]> & Sendable { \.samples }
}

extension InsertSample: Filed {
  package static let fileName = "inserts.csv"
  package static var list: WritableKeyPath<Records, [InsertSample]> & Sendable { \.inserts }
}

extension StorageSample: Filed {
  package static let fileName = "storage.csv"
  package static var list: WritableKeyPath<Records, [StorageSample]> & Sendable { \.storage }
}

extension MergeSample: Filed {
  package static let fileName = "merges.csv"
  package static var list: WritableKeyPath<Records, [MergeSample]> & Sendable { \.merges }
}

extension TimelineSample: Filed {
  package static let fileName = "timeline.csv"
  package static var list: WritableKeyPath<Records, [TimelineSample]> & Sendable { \.timeline }
}
