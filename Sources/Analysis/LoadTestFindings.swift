// Everything that a load says, computed from its files.

import BenchmarkSpec
import RunStore
import Statistics

/// A load and the conclusions from it.
package struct LoadTestFindings: Sendable {
  /// What was asked.
  package let question: LoadTestQuestion
  /// The records that everything here follows from. Those of a run of before 0.2 are made of its
  /// leg `sustained`.
  package let records: Records
  /// Every phase that has ended, those of searches among them.
  package var phases: [PhaseSample] { records.phases }
  /// What each stream came to in each kind of phase, in the order of the question; without the
  /// trials of searches.
  package let lines: [LoadTestLine]
  /// What streams suffer from each other, and from the view.
  package let interference: [Interference]
  /// Phases in which the harness was the limit, and why.
  package let limits: [(phase: PhaseSample, reasons: [String])]
  /// How far each search came.
  package let searches: [SearchFinding]
  /// One for each threshold, in their order.
  package let verdicts: [LoadTestVerdict]
  /// Requests of a phase that was cut off before its row was written: in requests.csv, and in no
  /// figure.
  package let orphans: Int

  /// Nil of a run without load test.
  package init?(_ manifest: Manifest, _ records: Records) {
    var records = records
    let sustained = records.timeline.isEmpty ? nil : manifest.sustainedInserts
    if let sustained { records.add(sustained) }
    guard let question = manifest.traffic ?? sustained?.question else { return nil }
    let requests = Dictionary(grouping: records.requests, by: \.phase)
    let seconds = Dictionary(grouping: records.seconds, by: \.phase)
    self.question = question
    self.records = records
    let phases = records.phases
    let rounds = phases.filter { $0.search == nil }
    lines = question.cells.flatMap { cell -> [LoadTestLine] in
      let own = rounds.filter {
        $0.traffic == cell.traffic && $0.target == cell.target && $0.export == cell.export
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
    phases.filter { $0.search == search.name && $0.ending == .whole }.compactMap { phase in
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

  /// Whether anything says that the table does not hold what it must.
  package var unbalanced: [PhaseSample] { phases.filter { $0.isBalanced == false } }

  /// Phases whose exports arrived with other rows or values than the server returned.
  package var changed: [PhaseSample] { phases.filter(\.hasWrongExports) }

  /// The streams of the phases of one kind that break the level of service, and how; nothing where
  /// none is asked for, or it holds.
  package func broken(_ line: LoadTestLine) -> [String] {
    question.serviceLevel?.broken(by: [line]) ?? []
  }
}

/// How far a search came.
package struct SearchFinding: Sendable {
  /// One trial with what it came to.
  package struct Trial: Sendable {
    package let trial: LoadTestSearch.Trial
    package let phase: Int
    /// What of the level of service did not hold.
    package let broken: [String]
    /// Its streams.
    package let lines: [LoadTestLine]
  }

  package let search: LoadTestSearch
  /// Its trials, in their order.
  package let trials: [Trial]
  /// Where the level of service ends.
  package let edge: Edge

  init(_ search: LoadTestSearch, trials: [Trial]) {
    (self.search, self.trials) = (search, trials)
    edge = search.edge(after: trials.map(\.trial))
  }

  /// The next position to try; nil when the search is over.
  package var next: Int? { search.next(after: trials.map(\.trial)) }
}
