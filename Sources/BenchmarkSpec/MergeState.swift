// What merges have done to the tables when an attempt begins: a dimension of a benchmark.

import StrictYAML

/// A state of merges, as a benchmark's file and `samples.csv` write it.
package enum MergeState: Hashable, Sendable, CustomStringConvertible {
  /// `fresh`: merges stopped before the first insert, so that every insert is a part of its own in
  /// each month that it touches.
  case fresh
  /// `parts:N`: exactly N parts in each month. Each is one insert of that month's rows in their
  /// order of arrival, which makes the very part that a merge of them would have made.
  case parts(Int)
  /// `live`: loaded like `fresh`, and then the server merges as it sees fit while exports run.
  case live
  /// `merged`: `OPTIMIZE … FINAL`, one part in each month.
  case merged
  /// `as found`: whatever somebody's server has made of somebody's tables. No benchmark's file can
  /// ask for it.
  case found

  /// How many parts a month can be asked to have.
  package static let partsRange = 1...1000

  /// Reads `fresh`, `parts:8`, `live` or `merged`; nil for anything else.
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

  /// States come in this order, because merges cannot be undone: what is fresh can still be merged.
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
  /// The states of merges of a list, each once and in the order in which they can be reached.
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
        "must name each state once and in the order fresh, parts:N, live, merged, because merges "
          + "cannot be undone")
    }
    return states
  }
}
