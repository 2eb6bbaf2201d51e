// The words of benchmark files and of records: which stage, consumer, target and mode.

import CSVRecords

/// What becomes of an export's bytes at the client. In the order of what they leave in its memory,
/// the least first; of several, the first is the one that summaries and claims speak of.
package enum Consumer: String, CSVField, Codable, CaseIterable, Comparable {
  /// They are let go as they come.
  case stream
  /// They are written to a file without a name.
  case file
  /// They are gathered into parts, and each full part is uploaded while the next one fills.
  case parts
  /// They are kept, all of them.
  case buffer

  package static func < (left: Consumer, right: Consumer) -> Bool { left.rank < right.rank }

  /// How large a part of an upload may be, in bytes.
  package static let partBytesRange = (1 << 20)...(4 << 30)

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// How far the server goes with a path: each stage but `keys` does what the one before it does, and
/// one thing more.
package enum Stage: String, CSVField, Codable, CaseIterable {
  /// The same columns and window of the same table are read plainly, and dropped.
  case read
  /// The path runs, but only its ids leave it: what de-duplication needs without the payload.
  case keys
  /// The path runs, and its rows are dropped.
  case deduplicate
  /// The path runs, and its rows are encoded on the server and dropped there.
  case encode
  /// The whole export.
  case export
}

/// The stage that an attempt reaches, and who consumes what it sends.
package struct AttemptKind: Hashable, Sendable {
  /// How far the server goes.
  package var stage: Stage
  /// What becomes of the bytes; nil where the server sends none.
  package var consumer: Consumer?

  package init(stage: Stage, consumer: Consumer? = nil) {
    self.stage = stage
    self.consumer = consumer
  }

  package static func export(_ consumer: Consumer) -> AttemptKind {
    AttemptKind(stage: .export, consumer: consumer)
  }

  /// A stage that sends nothing.
  package static func stage(_ stage: Stage) -> AttemptKind { AttemptKind(stage: stage) }

  /// Something to append to a path's name: ` to parts`, `, stage read`; nothing for a stream.
  package var label: String {
    guard stage == .export else { return ", stage \(stage.rawValue)" }
    return consumer.map { $0 == .stream ? "" : " to \($0.rawValue)" } ?? ""
  }
}

/// Where an insert went.
package enum InsertTarget: String, CSVField, Codable, CaseIterable {
  /// A table without a view.
  case plain
  /// The same table with the materialized view behind it.
  case withView = "with_view"
}

/// How an insert is handed to the server.
package enum InsertMode: String, CSVField, Codable, CaseIterable {
  /// The insert writes its parts itself, and then answers.
  case sync
  /// `async_insert=1, wait_for_async_insert=1`: the server gathers inserts, writes them together in
  /// a flush, and then answers them all.
  case async
}

/// What goes on in a phase.
package enum StreamMix: String, CSVField, Codable, CaseIterable {
  /// Batches alone.
  case ingest
  /// Exports alone.
  case exports
  /// Batches and exports at once.
  case both
}

/// Whether an attempt counts.
package enum Phase: String, CSVField, Codable {
  /// Run to fill caches; left out of every figure.
  case warmup
  /// Counted.
  case measured
}

/// The names of legs that a benchmark cannot use: those of a run's own inserts.
package enum ReservedLeg {
  package static let load = "load"
  /// Inserts at a constant rate in files of before 0.2.
  package static let sustained = "sustained"
}
