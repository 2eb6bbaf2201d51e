// JSON summary of a load test.

import Analysis
import RunStore

/// Keys are in camel case; names contain the units: milliseconds, bytes, rows.
package struct LoadTestSummary: Encodable, Sendable {
  package struct Line: Encodable {
    package let during, stream, view: String
    package let requests, succeeded: Int
    package let errors: [String: Int]
    let responseP50Ms, responseP90Ms, responseP99Ms, responseMaxMs: Double?
    let serviceP50Ms, serviceP99Ms, waitP99Ms, lagP99Ms, startDelayMaxMs: Double?
    package let requestsPerSecond: Double
    package let rowsPerSecond: Double?
    package let bytesPerSecond: Double
    package let serverMemoryBytes, parts: Int?
  }

  package struct Ratio: Encodable {
    package let stream, cause, view: String
    package let percentile, ratio: Double
    package let low, high: Double?
    package let rounds: Int
  }

  struct Search: Encodable {
    package let name: String
    package let holds, breaks: Double?
    package let trials: Int
    package let isOver: Bool
  }

  package struct Verdict: Encodable {
    package let threshold, outcome, reason: String
  }

  struct Audit: Encodable {
    package let phase: Int
    package let during: String
    package let acknowledgedBatches, acknowledgedRows, uncertainBatches, uncertainRows: Int
    package let tableRows, expectedIDs, tableIDs, missingIDs, unexpectedIDs, doubledRows: Int?
    package let viewMissingIDs: Int?
    package let isBalanced: Bool?
    package let error: String?
  }

  package let run: String
  package let lines: [Line]
  package let ratios: [Ratio]
  let searches: [Search]
  package let verdicts: [Verdict]
  let audits: [Audit]
  let harnessLimits: [String]

  package init(_ loadTest: LoadTestFindings, run: String) {
    self.run = run
    lines = loadTest.lines.map(Line.init)
    ratios = loadTest.interference.map(Ratio.init)
    searches = loadTest.searches.map { found in
      Search(
        name: found.search.name, holds: found.edge.finished.map(found.search.value),
        breaks: found.edge.refused.map(found.search.value), trials: found.trials.count,
        isOver: found.edge.ending != .open)
    }
    verdicts = loadTest.verdicts.map {
      Verdict(
        threshold: $0.threshold.statement, outcome: $0.outcome.rawValue, reason: $0.reason)
    }
    audits = loadTest.phases.map(Audit.init)
    harnessLimits = loadTest.limits.map {
      "phase \($0.phase.phase): \($0.reasons.joined(separator: "; "))"
    }
  }
}

extension LoadTestSummary.Line {
  init(_ line: LoadTestLine) {
    (during, stream, view) = (line.label, line.stream, line.target.rawValue)
    (requests, succeeded) = (line.requests, line.succeeded)
    errors = Dictionary(line.errors.map { ($0.name, $0.count) }, uniquingKeysWith: +)
    responseP50Ms = line.response.percentile(50)
    responseP90Ms = line.response.percentile(90)
    responseP99Ms = line.response.percentile(99)
    responseMaxMs = line.response.longest
    (serviceP50Ms, serviceP99Ms) = (line.service.percentile(50), line.service.percentile(99))
    (waitP99Ms, lagP99Ms) = (line.wait.percentile(99), line.lag.percentile(99))
    startDelayMaxMs = line.startDelayMaxMs
    (requestsPerSecond, rowsPerSecond) = (line.requestsPerSecond, line.rowsPerSecond)
    bytesPerSecond = line.bytesPerSecond
    (serverMemoryBytes, parts) = (line.server.memoryBytes, line.server.parts)
  }
}

extension LoadTestSummary.Ratio {
  init(_ row: Interference) {
    stream = row.stream
    cause =
      switch row.cause {
      case .stream(let name): name
      case .view: "view"
      }
    view = row.target.rawValue
    (percentile, ratio, rounds) = (row.percent, row.ratio, row.rounds)
    (low, high) = (row.interval?.low, row.interval?.high)
  }
}

extension LoadTestSummary.Audit {
  init(_ sample: PhaseSample) {
    (phase, during) = (sample.phase, sample.label)
    (acknowledgedBatches, acknowledgedRows) = (sample.acknowledgedBatches, sample.acknowledgedRows)
    (uncertainBatches, uncertainRows) = (sample.uncertainBatches, sample.uncertainRows)
    (tableRows, expectedIDs, tableIDs) = (sample.tableRows, sample.expectedIDs, sample.tableIDs)
    (missingIDs, unexpectedIDs) = (sample.missingIDs, sample.unexpectedIDs)
    (doubledRows, viewMissingIDs) = (sample.doubledRows, sample.viewMissingIDs)
    (isBalanced, error) = (sample.isBalanced, sample.auditError)
  }
}
