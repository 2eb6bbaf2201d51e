// Renders findings of `doctor` for a terminal: a mark, the subject, the finding and its meaning.

package struct AdviceLine: Sendable {
  package enum Mark: String, Sendable {
    case good = "✓"
    case caution = "!"
    /// Prevents a run.
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
  package var subject: String
  package var finding: String
  /// Printed on separate lines; nil if the finding needs no explanation.
  package var meaning: String?

  package init(mark: Mark, subject: String, finding: String, meaning: String?) {
    (self.mark, self.subject) = (mark, subject)
    (self.finding, self.meaning) = (finding, meaning)
  }
}

extension TerminalReport {
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
