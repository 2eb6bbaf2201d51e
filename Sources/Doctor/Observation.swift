// One thing that an examination looked at: what was found, and what it means for the numbers.

/// A finding about the machine or the server of a run.
package struct Observation: Codable, Equatable, Sendable {
  /// How much it matters.
  package enum Weight: String, Codable, Sendable {
    /// As it should be.
    case good
    /// A run works, and some of its figures say less.
    case caution
    /// No run can work.
    case obstacle
  }

  /// What was looked at: `memory limits`.
  package let subject: String
  /// How much it matters.
  package let weight: Weight
  /// What was found, in a few words.
  package let finding: String
  /// What it means for a run's numbers and what to do, in a sentence; nil where nothing needs to be
  /// said.
  package let meaning: String?

  package init(subject: String, weight: Weight, finding: String, meaning: String?) {
    (self.subject, self.weight) = (subject, weight)
    (self.finding, self.meaning) = (finding, meaning)
  }

  package init(
    _ subject: String, _ weight: Weight = .good, _ finding: String, _ meaning: String? = nil
  ) {
    self.init(subject: subject, weight: weight, finding: finding, meaning: meaning)
  }
}
