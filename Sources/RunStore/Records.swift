// All records of a run, the input of all conclusions.

import CSVRecords

/// A record with its own append-only file in the run's folder.
package protocol Filed: Recorded {
  /// For example `samples.csv`.
  static var fileName: String { get }
  /// Its name in runs of schema version 1, where that was another.
  static var formerFileName: String? { get }
  static var list: WritableKeyPath<Records, [Self]> & Sendable { get }
}

extension Filed {
  package static var formerFileName: String? { nil }

  /// The file's name in runs of a schema version.
  package static func fileName(inSchema version: Int) -> String {
    version < 2 ? formerFileName ?? fileName : fileName
  }
}

/// Allowed window lengths in milliseconds. Reports take logarithms of them.
let windowMsRange: ClosedRange<Double> = 1...CSVColumn<Sample>.numberMax

/// In the order of the files.
package struct Records: Sendable, Equatable {
  package var samples: [Sample] = []
  package var inserts: [InsertSample] = []
  package var storage: [StorageSample] = []
  package var columns: [ColumnSample] = []
  package var verifications: [VerificationSample] = []
  package var differences: [DifferenceSample] = []
  package var merges: [MergeSample] = []
  package var timeline: [TimelineSample] = []

  package var backfills: [BackfillSample] = []
  /// Exports under a memory limit: `memory_limits.csv`.
  package var memoryLimits: [MemoryLimitProbe] = []
  package var requests: [RequestSample] = []
  package var phases: [PhaseSample] = []
  package var seconds: [SecondSample] = []

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

  package static let kinds: [any Filed.Type] = [
    Sample.self, InsertSample.self, StorageSample.self, ColumnSample.self,
    VerificationSample.self, DifferenceSample.self, MergeSample.self, TimelineSample.self,
    BackfillSample.self, MemoryLimitProbe.self, RequestSample.self, PhaseSample.self,
    SecondSample.self,
  ]

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
