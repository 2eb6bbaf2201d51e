// What is made of a path in one attempt: how far the server goes with it, and what becomes of the
// bytes. Summaries and claims speak of ordinary exports only; what the others are for is in
// Conclusions/Anatomy.swift and Conclusions/ConsumerRow.swift.

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

extension Sample {
  /// What was made of the path; records from before there was a choice are streams.
  package var kind: AttemptKind {
    get {
      let stage = stage ?? .export
      return AttemptKind(stage: stage, consumer: stage == .export ? consumer ?? .stream : nil)
    }
    set { (stage, consumer) = (newValue.stage, newValue.consumer) }
  }
}

extension [Sample] {
  /// The whole exports to the first consumer: what summaries, claims and comparisons speak of.
  var ordinary: [Sample] {
    // By place: a sample is large, and hardly any run has others.
    let exports = indices.filter { self[$0].kind.stage == .export }
    let first = exports.compactMap { self[$0].kind.consumer }.min()
    let places = exports.filter { self[$0].kind.consumer == first }
    return places.count == count ? self : places.map { self[$0] }
  }
}
