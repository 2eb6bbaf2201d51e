// The records of a run, file by file, and the protocol of a kind of record.

import CSVRecords

/// A kind of record with a file of its own in the run's folder, to which rows are only appended.
package protocol Filed: Recorded {
  /// For example `samples.csv`.
  static var fileName: String { get }
}

/// The lengths of a window that a file may hold, in milliseconds. Reports take logarithms of them.
let windowMsRange: ClosedRange<Double> = 1...CSVColumn<Manifest>.numberMax

/// The records of a run by their kind, each kind in the order of its file.
package struct Records: Sendable {
  /// By file name; a kind without records has no entry.
  private var lists: [String: any Collection & Sendable] = [:]

  /// `Records(samples, inserts)`: one list for each kind.
  package init<each Record: Filed>(_ lists: repeat [each Record]) {
    repeat self[(each Record).self] = each lists
  }

  /// The records of a kind; empty if there are none.
  package subscript<Record: Filed>(kind: Record.Type) -> [Record] {
    get { lists[kind.fileName] as? [Record] ?? [] }
    _modify {
      var list = self[kind]
      // With a second owner, every append would copy the list.
      lists[kind.fileName] = nil
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

  /// Whether nothing has { if !list.isEmpty { lists[kind.fileName] = list } }
      yield &list
    }
  }

  /// Whether nothing has been measured yet.
  package var isEmpty: Bool { lists.isEmpty }

  /// How many records there are, by the name of their file; files without records are left out.
  package var counts: [String: Int] { lists.mapValues { $0.count } }
}
