// Merge states: how far merges went before an attempt; a dimension of a benchmark.

import StrictYAML

package enum MergeState: Hashable, Sendable, CustomStringConvertible {
  /// Merges are stopped before the first insert: one part per insert and month.
  case fresh
  /// `parts:N`: N parts per month. Each is one insert of rows in order of arrival, which gives the
  /// same part as a merge of them.
  case parts(Int)
  /// Loaded like `fresh`; then merges run during exports.
  case live
  /// `OPTIMIZE … FINAL`: one part per month.
  case merged
  /// `as found`: existing tables. Not available in benchmark files.
  case found

  package static let partsRange = 1...1000

  /// Nil unless `fresh`, `parts:N`, `live` or `merged`.
  package init?(parsing text: String) {
    switch text {
    case "fresh": self = .fresh
    case "live": self = .live
    case "merged": self = .merged
    default:
      guard text.hasPrefix("parts:"), let count = Int(text.dropFirst(6)),
        Self.partsRange.contains(count)
      else { return nil }
      self = .parts(count)
    }
  }

  package var description: String {
    switch self {
    case .fresh: "fresh"
    case .parts(let count): "parts:\(count)"
    case .live: "live"
    case .merged: "merged"
    case .found: "as found"
    }
  }

  /// Merges cannot be undone, so states are reached in this order.
  package var rank: Int {
    switch self {
    case .fresh: 0
    case .parts: 1
    case .live: 2
    case .merged: 3
    case .found: 4
    }
  }
}

extension Value {
  /// Without duplicates, in the order in which they can be reached.
  package func mergeStates() throws(DocumentError) -> [MergeState] {
    let states = try list { (value) throws(DocumentError) in
      let text = try value.string()
      guard let state = MergeState(parsing: text) else {
        throw value.wrong("is '\(text)'; write fresh, parts:N (N from 1 to 1000), live or merged")
      }
      return state
    }
    let ordered = zip(states, states.dropFirst()).allSatisfy { $0.rank <= $1.rank }
    guard ordered, Set(states).count == states.count else {
      throw wrong(
        "must name each state once, in the order fresh, parts:N, live, merged, because merges "
          + "cannot be undone")
    }
    return states
  }
}
