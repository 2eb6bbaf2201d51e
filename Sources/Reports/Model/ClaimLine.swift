// A claim with its verdict.

import Analysis

/// One claim and its answer.
struct ClaimLine: Equatable {
  var outcome: Outcome
  var statement: String
  var reason: String

  var mark: String {
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
