// The load test as an experiment.

import RunStore

/// A load test.
package struct LoadTestExperiment: Experiment {
  package static let kinds: [any Filed.Type] = [
    RequestSample.self, PhaseSample.self, SecondSample.self,
  ]

  /// Nil if the run is no load test.
  package let findings: LoadTestFindings?

  package init(_ run: RecordedRun) { findings = LoadTestFindings(run.manifest, run.records) }

  /// Every request that was planned has a record.
  package static func check(
    _ records: Records, against manifest: Manifest
  ) throws(DamagedFile) {
    guard manifest.isCompleteWithoutCounts, manifest.loadTest != nil else { return }
    let phases = records.phases
    guard !phases.isEmpty else {
      throw DamagedFile(PhaseSample.self, "it holds no record")
    }
    let found = Dictionary(grouping: records.requests, by: \.phase).mapValues(\.count)
    for phase in phases where found[phase.phase] ?? 0 != phase.plannedRequests {
      throw DamagedFile(
        RequestSample.self,
        "it has \(found[phase.phase] ?? 0) requests of phase \(phase.phase), and phases.csv "
          + "counts \(phase.plannedRequests)")
    }
  }

  package var derivedFiles: [DerivedFile] {
    findings.map { [DerivedFile("latency.csv", LatencyRow.all($0))] } ?? []
  }
}

extension Findings {
  /// The conclusions of a load test; nil of another run.
  package var loadTest: LoadTestFindings? { self[LoadTestExperiment.self]?.findings }
}
