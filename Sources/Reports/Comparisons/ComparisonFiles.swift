// Renders comparisons for machines: JUnit XML, GitHub annotations, JSON and JSON lines.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Analysis

/// JUnit XML: a test case per gating figure and fault, a suite per cell.
package struct JUnitReport: Sendable {
  package init() {}

  /// One suite per comparison. Suspects are errors, so that they do not count as passed.
  package func render(_ comparisons: [Comparison]) -> String {
    let suites = comparisons.map { comparison in
      let name = comparisons.count > 1 ? " with \(comparison.base)" : ""
      return suite(comparison, named: "exportbench compare\(name)")
    }
    let counts = suites.reduce(into: Counts()) { $0.add($1.counts) }
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites \(counts.text)>
      \(suites.map(\.text).joined(separator: "\n"))
      </testsuites>

      """
  }

  private struct Counts {
    var tests = 0
    var failures = 0
    var errors = 0

    var text: String { #"tests="\#(tests)" failures="\#(failures)" errors="\#(errors)""# }

    mutating func add(_ other: Counts) {
      tests += other.tests
      failures += other.failures
      errors += other.errors
    }
  }

  private func suite(
    _ comparison: Comparison, named name: String
  ) -> (text: String, counts: Counts) {
    var cases: [(place: String, name: String, outcome: String)] = []
    for fault in comparison.faults {
      cases.append((fault.place.text, "attempts", element("failure", fault.sentence)))
    }
    for line in comparison.lines where line.gates {
      let outcome =
        switch line.change {
        case .regression: element("failure", line.sentence)
        case .suspect: element("error", line.sentence)
        case .improvement, .small, .same, .none: ""
        }
      cases.append((line.place.text, line.figure, outcome))
    }
    let counts = Counts(
      tests: cases.count, failures: comparison.faults.count + comparison.regressions.count,
      errors: comparison.suspects.count)
    let body = cases.map { place, name, outcome in
      let head = #"    <testcase classname="\#(xml(place))" name="\#(xml(name))""#
      return outcome.isEmpty ? head + "/>" : head + ">\n\(outcome)\n    </testcase>"
    }
    let text = """
        <testsuite name="\(xml(name))" \(counts.text)>
      \(body.joined(separator: "\n"))
        </testsuite>
      """
    return (text, counts)
  }

  private func element(_ name: String, _ message: String) -> String {
    #"      <\#(name) message="\#(xml(message))"/>"#
  }

  private func xml(_ text: String) -> String {
    clean(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
  }
}

/// GitHub Actions workflow commands: errors for regressions and faults, warnings for suspects.
/// Advice is omitted: GitHub shows at most ten annotations of a kind.
package struct AnnotationReport: Sendable {
  package init() {}

  /// Empty without findings. With several comparisons each line names its base.
  package func render(_ comparisons: [Comparison]) -> String {
    comparisons.map { comparison in
      let base = comparisons.count > 1 ? "with \(comparison.base): " : ""
      let lines =
        comparison.faults.map { ("error", "fault", $0.sentence) }
        + comparison.regressions.map { ("error", "regression", $0.sentence) }
        + comparison.suspects.map { ("warning", "undecided", $0.sentence) }
      return lines.map { kind, title, text in
        "::\(kind) title=exportbench \(title)::\(data(base + text))\n"
      }.joined()
    }.joined()
  }

  /// GitHub reads per cent signs as escapes.
  private func data(_ text: String) -> String { clean(text).replacing("%", with: "%25") }
}

package struct ComparisonJSON: Sendable {
  package init() {}

  /// Sorted keys in snake case; one object, or an array for several comparisons.
  package func render(_ comparisons: [Comparison]) -> String {
    let format: JSONEncoder.OutputFormatting = [
      .prettyPrinted, .sortedKeys, .withoutEscapingSlashes,
    ]
    if comparisons.count == 1 { return encoded(comparisons[0], format) + "\n" }
    return encoded(comparisons, format) + "\n"
  }
}

/// One JSON line for a history file: the candidate's medians and the result.
package struct HistoryLine: Sendable {
  private struct Line: Encodable {
    let time: String
    let run: String
    let base: String
    let engine: String
    let cpu: String
    let cores: Int
    let result: String
    let medians: [String: Double]
  }

  package init() {}

  /// Ends with a line break. Keys of `medians`: `limit-by at 1d (fresh) memory_peak_bytes`.
  package func render(_ comparison: Comparison, of candidate: Baseline) -> String {
    let manifest = candidate.manifest
    let medians = comparison.lines.map { ("\($0.place.text) \($0.figure)", $0.candidate) }
    return encoded(
      Line(
        time: manifest.startedAt, run: manifest.run, base: comparison.base,
        engine: manifest.engine.version, cpu: manifest.machine.cpu, cores: manifest.machine.cores,
        result: comparison.headline, medians: Dictionary(medians) { first, _ in first }),
      [.sortedKeys, .withoutEscapingSlashes]) + "\n"
  }
}

private func encoded(_ value: some Encodable, _ format: JSONEncoder.OutputFormatting) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = format
  encoder.keyEncodingStrategy = .convertToSnakeCase
  // Non-finite values were removed before.
  guard let data = try? encoder.encode(value) else { return "{}" }
  return String(decoding: data, as: UTF8.self)
}
