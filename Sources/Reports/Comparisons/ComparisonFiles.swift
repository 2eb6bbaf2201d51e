// A comparison as machines read it: JUnit XML, GitHub's annotations, JSON, and a line of history.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Analysis

/// JUnit XML: a test case for each figure that gates and for each fault, a suite for each place.
package struct JUnitReport: Sendable {
  package init() {}

  /// The whole file, with a suite for each comparison. Suspects are errors, so that nobody takes
  /// them for passed.
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

/// Workflow commands of GitHub Actions, a line each: an error for what is worse, a warning for what
/// is undecided. Advice is in the report; GitHub shows ten annotations of a kind.
package struct AnnotationReport: Sendable {
  package init() {}

  /// The lines; empty where there is nothing to say. Of several comparisons each line names the
  /// base.
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

/// A comparison as JSON, whole.
package struct ComparisonJSON: Sendable {
  package init() {}

  /// The whole file: sorted keys in snake case; an object of one comparison, and an array of
  /// several.
  package func render(_ comparisons: [Comparison]) -> String {
    let format: JSONEncoder.OutputFormatting = [
      .prettyPrinted, .sortedKeys, .withoutEscapingSlashes,
    ]
    if comparisons.count == 1 { return encoded(comparisons[0], format) + "\n" }
    return encoded(comparisons, format) + "\n"
  }
}

/// One line of a history of runs, as JSON: what the candidate measured and what came of it.
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

  /// The line with its break. The keys of `medians` are place and figure:
  /// `limit-by at 1d (fresh) memory_peak_bytes`.
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
  // Numbers, texts and lists of them: every value that is not finite was left out before.
  guard let data = try? encoder.encode(value) else { return "{}" }
  return String(decoding: data, as: UTF8.self)
}
