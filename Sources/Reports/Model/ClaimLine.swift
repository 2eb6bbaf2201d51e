// A claim with its verdict.

import Analysis

/// One claim and its answer.
struct ClaimLine: Equatable {
  package var outcome: Outcome
  package var statement: String
  package var reason: String

  package var mark: String {
    switch outcome {
    case .supported: "✓"
    case .refuted: "✗"
    case .unstable: "~"
    case .inconclusive: "?"
    }
  }

  var tone: Tone {
    switch outcome {
    case .supported: .good
    case .refuted: .bad
    case .unstable, .inconclusive: .warning
    }
  }
}
