// A list of findings for a terminal: what was looked at, what was found, what it means.

/// One finding with its mark.
public struct AdviceLine: Sendable {
  /// How a finding is marked.
  public enum Mark: String, Sendable {
    /// As it should be.
    case good = "✓"
    /// To be read.
    case caution = "!"
    /// In the way.
    case bad = "✗"

    var tone: Tone {
      switch self {
      case .good: .good
      case .caution: .warning
      case .bad: .bad
      }
    }
  }

  /// Its mark.
  public var mark: Mark
  /// What was looked at.
  public var subject: String
  /// What was found.
  public var finding: String
  /// What it means, on lines of its own; nil where nothing needs to be said.
  public var meaning: String?

  /// Describes a finding.
  public init(mark: Mark, subject: String, finding: String, meaning: String?) {
    (self.mark, self.subject) = (mark, subject)
    (self.finding, self.meaning) = (finding, meaning)
  }
}

extension TerminalReport {
  /// The findings one below the other, with a line break at the end.
  public func render(_ findings: [AdviceLine]) -> String {
    let margin = (findings.map(\.subject.count).max() ?? 0) + 4
    let lines = findings.flatMap { finding in
      hanging(
        paint(finding.mark.rawValue, finding.mark.tone) + " " + filled(finding.subject, margin - 2),
        margin,
        clean(finding.finding))
        + (finding.meaning.map {
          hanging(String(repeating: " ", count: margin), margin, clean($0), .faint)
        } ?? [])
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
