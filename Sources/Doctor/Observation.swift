// Result of one check: what was found, and its effect on a run's numbers.

package struct Observation: Codable, Equatable, Sendable {
  package enum Weight: String, Codable, Sendable {
    /// As it should be.
    case good
    /// A run works, but some of its figures are less reliable.
    case caution
    /// No run can work.
    case obstacle
  }

  /// Such as `memory limits`.
  package let subject: String
  package let weight: Weight
  /// In a few words.
  package let finding: String
  /// Effect on a run's numbers and remedy, in a sentence; nil if there is nothing to add.
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
