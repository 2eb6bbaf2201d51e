// Attempts that failed, for the list of failures of a report.

/// One attempt that failed.
package struct FailedAttempt: Sendable {
  /// `limit-by at 30d (fresh)`, `with_view insert`.
  let place: String
  /// The error's name, or `wrong rows`.
  let kind: String?
  let detail: String?

  fileprivate var error: String {
    let text = [kind, detail].compactMap(\.self).joined(separator: ": ")
    return text.isEmpty ? "no error was recorded" : text
  }
}

/// The attempts that failed at one place with one kind of error.
package struct Failure: Hashable, Sendable {
  package let place: String
  /// The error's name and the first message of its kind, or `wrong rows: 12 instead of 10`.
  package let error: String
  /// How many attempts failed so.
  package let count: Int

  static func grouped(_ attempts: [FailedAttempt]) -> [Failure] {
    var groups: [(first: FailedAttempt, count: Int)] = []
    for attempt in attempts {
      // Messages of one kind differ in sizes and names; the first stands for them all.
      let same = groups.firstIndex {
        $0.first.place == attempt.place && $0.first.kind == attempt.kind
      }
      if let same { groups[same].count += 1 } else { groups.append((attempt, 1)) }
    }
    return groups.map { Failure(place: $0.first.place, error: $0.first.error, count: $0.count) }
  }
}
