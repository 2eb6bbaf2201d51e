// One thing that an examination looked at: what was found, and what it means for the numbers.

/// A finding about the machine or the server of a run.
public struct Observation: Codable, Equatable, Sendable {
  /// How much it matters.
  public enum Weight: String, Codable, Sendable {
    /// As it should be.
    case good
    /// A run works, and some of its figures say less.
    case caution
    /// No run can work.
    case obstacle
  }

  /// What was looked at: `memory limits`.
  public let subject: String
  /// How much it matters.
  public let weight: Weight
  /// What was found, in a few words.
  public let finding: String
  /// What it means for a run's numbers and what to do, in a sentence; nil where nothing needs to be
  /// said.
  public let meaning: String?

  /// Describes a finding.
  public init(subject: String, weight: Weight, finding: String, meaning: String?) {
    (self.subject, self.weight) = (subject, weight)
    (self.finding, self.meaning) = (finding, meaning)
  }

  init(_ subject: String, _ weight: Weight = .good, _ finding: String, _ meaning: String? = nil) {
    self.init(subject: subject, weight: weight, finding: finding, meaning: meaning)
  }
}
