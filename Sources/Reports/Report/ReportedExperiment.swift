// The part of an experiment in reports.

import Analysis
import RunStore

/// An experiment with a part in the report of a run. One without a part does not conform.
protocol ReportedExperiment: Experiment {
  /// The sections of a page with its tables and charts, in their order.
  static var topics: [Topic] { get }

  /// Facts for the head of the report.
  func facts(_ findings: Findings) -> [Fact]

  /// What a reader must know first.
  var warnings: [String] { get }

  func tables(_ findings: Findings) -> [Table]

  func charts(_ findings: Findings, _ records: Records) -> [Chart]

  /// What went wrong, besides the failed attempts of ``Findings``.
  var troubles: [TroubleList] { get }

  /// Claims with verdicts, besides those of ``Findings``.
  var claims: [ClaimLine] { get }
}

extension ReportedExperiment {
  func facts(_ findings: Findings) -> [Fact] { [] }
  var warnings: [String] { [] }
  func charts(_ findings: Findings, _ records: Records) -> [Chart] { [] }
  var troubles: [TroubleList] { [] }
  var claims: [ClaimLine] { [] }
}

extension Findings {
  /// The experiments with a part in reports.
  var reported: [any ReportedExperiment] {
    experiments.compactMap { $0 as? any ReportedExperiment }
  }

  /// The charts of the report, in its order; none of what was not measured.
  package func charts(_ records: Records) -> [Chart] {
    reported.flatMap { $0.charts(self, records) }
  }

  /// What went wrong, for reports.
  var troubles: [TroubleList] {
    let failures = failures.map { failure in
      "\(failure.count > 1 ? "\(failure.count) × " : "")\(failure.place): \(failure.error)"
    }
    return TroubleList.merged([.failures(failures)] + reported.flatMap(\.troubles))
  }
}
