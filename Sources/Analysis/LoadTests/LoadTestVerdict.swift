// Verdict of a load test on a threshold.

import BenchmarkSpec
import Units

package struct LoadTestVerdict: Equatable, Sendable {
  package let threshold: LoadTestThreshold
  package let outcome: Outcome
  package let reason: String

  init(
    _ threshold: LoadTestThreshold, _ lines: [LoadTestLine], _ interference: [Interference],
    _ question: LoadTestQuestion, limited: Set<Int>
  ) {
    self.threshold = threshold
    let own = lines.filter { line in
      (threshold.streamMix ?? line.streamMix) == line.streamMix
        && (threshold.target ?? line.target) == line.target
        && threshold.stream.map { question.isMeant(line.stream, by: $0) } ?? true
    }
    guard !own.isEmpty else {
      (outcome, reason) = (.inconclusive, "no matching phase was measured")
      return
    }
    let hindered = own.filter { !limited.isDisjoint(with: $0.phases) }
    guard hindered.isEmpty else {
      let places = hindered.map(\.label).uniqued().joined(separator: "; ")
      (outcome, reason) = (.inconclusive, "the harness was the bottleneck in \(places)")
      return
    }
    let values = own.flatMap { line in
      threshold.values(of: line, interference).map { (label: line.label, value: $0) }
    }
    let unmeasured = own.filter { threshold.values(of: $0, interference).isEmpty }
    let broken = values.filter { !threshold.holds($0.value) }
    // If met, the value closest to the bound.
    let nearest =
      threshold.atMost == nil
      ? values.min { $0.value < $1.value } : values.max { $0.value < $1.value }
    let words = (broken.isEmpty ? [nearest].compactMap(\.self) : broken).map {
      "\(threshold.text($0.value)) in \($0.label)"
    }.uniqued().joined(separator: "; ")
    if !broken.isEmpty {
      (outcome, reason) = (.refuted, words)
    } else if threshold.needsAll, let first = unmeasured.first {
      (outcome, reason) = (
        .inconclusive,
        "\(threshold.figure.rawValue) of \(first.label) was not measured: "
          + "\(Count(first.requests)) requests are too few"
      )
    } else if values.isEmpty {
      (outcome, reason) = (.inconclusive, "\(threshold.figure.rawValue) was not measured")
    } else {
      (outcome, reason) = (.supported, words)
    }
  }
}

extension LoadTestThreshold {
  /// For example `p99 of ingest, with view, at most 2.00 s`.
  package var statement: String {
    let bounds = [
      atMost.map { "at most \(text($0))" }, atLeast.map { "at least \(text($0))" },
    ].compactMap(\.self)
    return
      ([
        figure.rawValue.replacing("_", with: " ") + (stream.map { " of \($0)" } ?? ""),
        streamMix.map { "during '\($0.rawValue)'" }, target?.words,
      ].compactMap(\.self) + bounds).joined(separator: ", ")
  }

  package func text(_ value: Double) -> String {
    switch figure {
    case .rowsPerSecond, .bytesPerSecond:
      (figure.unit?.text(value) ?? "") + (figure == .rowsPerSecond ? " rows/s" : "/s")
    default: figure.unit?.text(value) ?? significant(value)
    }
  }

  package func holds(_ value: Double) -> Bool {
    (atMost.map { value <= $0 } ?? true) && (atLeast.map { value >= $0 } ?? true)
  }

  /// Whether a line without a value leaves the threshold undecided. A stream alone, or without the
  /// view, has no ratio.
  var needsAll: Bool {
    ![.p50Ratio, .p99Ratio, .p50ViewRatio, .p99ViewRatio].contains(figure)
  }

  /// Several values for several causes; empty if not measured.
  package func values(of line: LoadTestLine, _ interference: [Interference]) -> [Double] {
    func ratio(_ percent: Double, ofView: Bool = false) -> [Double] {
      interference.filter { row in
        row.percent == percent && row.stream == line.stream && row.target == line.target
          && row.streamMix == line.streamMix && row.export == line.export
          && (row.cause == .view) == ofView
      }.map(\.ratio)
    }
    let value: Double? =
      switch figure {
      case .p50: line.response.percentile(50)
      case .p90: line.response.percentile(90)
      case .p99: line.response.percentile(99)
      case .serviceP99: line.service.percentile(99)
      case .errors: Double(line.failed)
      case .rowsPerSecond: line.rowsPerSecond
      case .bytesPerSecond: line.bytesPerSecond
      case .serverMemory: line.server.memoryBytes.map(Double.init)
      case .parts: line.server.parts.map(Double.init)
      case .startDelay: line.startDelayMaxMs
      case .p50Ratio, .p99Ratio, .p50ViewRatio, .p99ViewRatio: nil
      }
    switch figure {
    case .p50Ratio: return ratio(50)
    case .p99Ratio: return ratio(99)
    case .p50ViewRatio: return ratio(50, ofView: true)
    case .p99ViewRatio: return ratio(99, ofView: true)
    default: return [value].compactMap(\.self)
    }
  }
}
