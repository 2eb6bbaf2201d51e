// Conclusions of a load test, computed from its files.

import BenchmarkSpec
import RunStore
import Statistics

package struct LoadTestFindings: Sendable {
  package let question: LoadTestQuestion
  /// The records that everything here follows from. Those of a run of before 0.2 are made of its
  /// leg `sustained`.
  package let records: Records
  /// Phases that ended, including those of searches.
  package var phases: [PhaseSample] { records.phases }
  /// Per stream and kind of phase, in the order of the question, without search trials.
  package let lines: [LoadTestLine]
  package let interference: [Interference]
  /// Phases in which the harness was the bottleneck.
  package let limits: [(phase: PhaseSample, reasons: [String])]
  package let searches: [SearchFinding]
  /// One per threshold, in order.
  package let verdicts: [LoadTestVerdict]
  /// Requests of an interrupted phase without a row: in requests.csv, but in no figure.
  package let orphans: Int

  /// Nil for a run without a load test.
  package init?(_ manifest: Manifest, _ records: Records) {
    var records = records
    let sustained = records.timeline.isEmpty ? nil : manifest.sustainedInserts
    if let sustained { records.add(sustained) }
    guard let question = manifest.loadTest ?? sustained?.question else { return nil }
    let requests = Dictionary(grouping: records.requests, by: \.phase)
    let seconds = Dictionary(grouping: records.seconds, by: \.phase)
    self.question = question
    self.records = records
    let phases = records.phases
    let rounds = phases.filter { $0.search == nil }
    lines = question.cells.flatMap { cell -> [LoadTestLine] in
      let own = rounds.filter {
        $0.streamMix == cell.streamMix && $0.target == cell.target && $0.export == cell.export
      }
      guard !own.isEmpty else { return [] }
      return cell.streams.map { LoadTestLine($0.name, own, requests, seconds) }
    }
    interference = Interference.all(lines)
    let limits = phases.compactMap { phase -> (phase: PhaseSample, reasons: [String])? in
      let counted = (requests[phase.phase] ?? []).filter(\.counts)
      let limit = HarnessLimit(phase, counted, question)
      return limit.reasons.isEmpty ? nil : (phase, limit.reasons)
    }
    self.limits = limits
    searches = question.searches.map { search in
      SearchFinding(
        search,
        trials: Self.trials(of: search, phases, requests, seconds, question) { phase in
          limits.contains { $0.phase.phase == phase }
        })
    }
    let known = Set(phases.map(\.phase))
    orphans = records.requests.count { !known.contains($0.phase) }
    var verdicts: [LoadTestVerdict] = []
    for threshold in question.thresholds {
      verdicts.append(
        LoadTestVerdict(
          threshold, lines, interference, question,
          limited: Set(limits.map(\.phase.phase))))
    }
    self.verdicts = verdicts
  }

  private static func trials(
    of search: LoadTestSearch, _ phases: [PhaseSample], _ requests: [Int: [RequestSample]],
    _ seconds: [Int: [SecondSample]], _ question: LoadTestQuestion, isLimited: (Int) -> Bool
  ) -> [SearchFinding.Trial] {
    phases.filter { $0.search == search.name && $0.outcome == .whole }.compactMap { phase in
      guard let position = phase.position else { return nil }
      let streams = (requests[phase.phase] ?? []).map(\.stream).uniqued()
      let lines = streams.map { LoadTestLine($0, [phase], requests, seconds) }
      let broken = question.serviceLevel?.broken(by: lines) ?? []
      let outcome: LoadTestSearch.Trial.Outcome =
        isLimited(phase.phase) ? .void : broken.isEmpty ? .held : .broken
      return SearchFinding.Trial(
        trial: LoadTestSearch.Trial(position, outcome), phase: phase.phase, broken: broken,
        lines: lines)
    }
  }

  /// Phases whose table differs from the acknowledged rows.
  package var unbalanced: [PhaseSample] { phases.filter { $0.isBalanced == false } }

  /// Phases whose exports differ from what the server returned.
  package var changed: [PhaseSample] { phases.filter(\.hasWrongExports) }

  /// Violations of the service level in a phase kind; empty if it is met or none is set.
  package func broken(_ line: LoadTestLine) -> [String] {
    question.serviceLevel?.broken(by: [line]) ?? []
  }
}

package struct SearchFinding: Sendable {
  package struct Trial: Sendable {
    package let trial: LoadTestSearch.Trial
    package let phase: Int
    /// Violations of the service level.
    package let broken: [String]
    package let lines: [LoadTestLine]
  }

  package let search: LoadTestSearch
  package let trials: [Trial]
  package let edge: Edge

  init(_ search: LoadTestSearch, trials: [Trial]) {
    (self.search, self.trials) = (search, trials)
    edge = search.edge(after: trials.map(\.trial))
  }

  /// Nil when the search has finished.
  package var next: Int? { search.next(after: trials.map(\.trial)) }
}
