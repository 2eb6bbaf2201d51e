// Vocabulary of benchmark files and records: stages, consumers, targets and modes.

import CSVRecords

/// Consumer of an export's bytes at the client, in ascending order of memory. Summaries and claims
/// use the first of several.
package enum Consumer: String, CSVField, Codable, CaseIterable, Comparable {
  /// Discarded as they arrive.
  case stream
  /// Written to a file without a name.
  case file
  /// Collected into parts; each full part is uploaded while the next one fills.
  case parts
  /// Kept in memory.
  case buffer

  package static func < (left: Consumer, right: Consumer) -> Bool { left.rank < right.rank }

  /// In bytes.
  package static let partBytesRange = (1 << 20)...(4 << 30)

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Last stage of an attempt on the server; each except `keys` extends the previous one.
package enum Stage: String, CSVField, Codable, CaseIterable {
  /// Reads the columns and window of the table and drops the rows.
  case read
  /// Runs the path with only its ids: de-duplication without payload.
  case keys
  /// Runs the path and drops its rows.
  case deduplicate
  /// Runs the path, encodes its rows and drops the result on the server.
  case encode
  /// The whole export.
  case export
}

/// Last stage and consumer of an attempt.
package struct AttemptKind: Hashable, Sendable {
  package var stage: Stage
  /// Nil if the server sends no rows.
  package var consumer: Consumer?

  package init(stage: Stage, consumer: Consumer? = nil) {
    self.stage = stage
    self.consumer = consumer
  }

  package static func export(_ consumer: Consumer) -> AttemptKind {
    AttemptKind(stage: .export, consumer: consumer)
  }

  package static func stage(_ stage: Stage) -> AttemptKind { AttemptKind(stage: stage) }

  /// Suffix of a path's name: ` to parts`, `, stage read`; empty for a stream.
  package var label: String {
    guard stage == .export else { return ", stage \(stage.rawValue)" }
    return consumer.map { $0 == .stream ? "" : " to \($0.rawValue)" } ?? ""
  }
}

package enum InsertTarget: String, CSVField, Codable, CaseIterable {
  /// A table without a view.
  case plain
  /// The table with the materialized view.
  case withView = "with_view"
}

package enum InsertMode: String, CSVField, Codable, CaseIterable {
  case sync
  /// `async_insert=1, wait_for_async_insert=1`: the server collects inserts, flushes them together,
  /// and then responds.
  case async
}

/// Streams of a phase.
package enum StreamMix: String, CSVField, Codable, CaseIterable {
  case ingest
  case exports
  case both
}

package enum Period: String, CSVField, Codable {
  /// To fill caches; excluded from figures.
  case warmup
  case measured
}

/// Names of legs reserved for a run's own inserts.
package enum ReservedLeg {
  package static let load = "load"
  /// Inserts at a constant rate in files of before 0.2.
  package static let sustained = "sustained"
}
