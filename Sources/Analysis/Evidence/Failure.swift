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
    // Messages of one kind differ in sizes and names; the first stands for them all.
    attempts.grouped { [$0.place, $0.kind] }.map { _, same in
      Failure(place: same[0].place, error: same[0].error, count: same.count)
    }
  }
}
