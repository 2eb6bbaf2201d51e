// A list of findings for a terminal: what was looked at, what was found, what it means.

/// One finding with its mark.
package struct AdviceLine: Sendable {
  /// How a finding is marked.
  package enum Mark: String, Sendable {
    /// As it should be.
    case good = "✓"
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

  package var mark: Mark
  /// What was looked at.
  package var subject: String
  /// What was found.
  package var finding: String
  /// What it means, on lines of its own; nil where nothing needs to be said.
  package var meaning: String?

  package init(mark: Mark, subject: String, finding: String, meaning: String?) {
    (self.mark, self.subject) = (mark, subject)
    (self.finding, self.meaning) = (finding, meaning)
  }
}

extension TerminalReport {
  /// The findings one below the other, with a line break at the end.
  package func render(_ findings: [AdviceLine]) -> String {
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
