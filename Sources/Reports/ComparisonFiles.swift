// A comparison as machines read it: JUnit XML, GitHub's annotations, JSON, and a line of history.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Results

/// JUnit XML: a test case for each figure that gates and for each fault, a suite for each place.
public struct JUnitReport: Sendable {
  /// Makes a report.
  public init() {}

  /// The whole file. Suspects are errors, so that nobody takes them for passed.
  public func render(_ comparison: Comparison) -> String {
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
    let failures = comparison.faults.count + comparison.regressions.count
    let counts =
      #"tests="\#(cases.count)" failures="\#(failures)" errors="\#(comparison.suspects.count)""#
    let body = cases.map { place, name, outcome in
      let head = #"    <testcase classname="\#(xml(place))" name="\#(xml(name))""#
      return outcome.isEmpty ? head + "/>" : head + ">\n\(outcome)\n    </testcase>"
    }
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites \(counts)>
        <testsuite name="exportbench compare" \(counts)>
      \(body.joined(separator: "\n"))
        </testsuite>
      </testsuites>

      """
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
public struct AnnotationReport: Sendable {
  /// Makes a report.
  public init() {}

  /// The lines; empty where there is nothing to say.
  public func render(_ comparison: Comparison) -> String {
    let lines =
      comparison.faults.map { ("error", "fault", $0.sentence) }
      + comparison.regressions.map { ("error", "regression", $0.sentence) }
      + comparison.suspects.map { ("warning", "undecided", $0.sentence) }
    return lines.map { kind, title, text in
      "::\(kind) title=exportbench \(title)::\(data(text))\n"
    }.joined()
  }

  /// GitHub reads per cent signs as escapes.
  private func data(_ text: String) -> String { clean(text).replacing("%", with: "%25") }
}

/// A comparison as JSON, whole.
public struct ComparisonJSON: Sendable {
  /// Makes a report.
  public init() {}

  /// The whole file: sorted keys in snake case.
  public func render(_ comparison: Comparison) -> String {
    encoded(comparison, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]) + "\n"
  }
}

/// One line of a history of runs, as JSON: what the candidate measured and what came of it.
public struct HistoryLine: Sendable {
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

  /// Makes a line.
  public init() {}

  /// The line with its break. The keys of `medians` are place and figure:
  /// `limit-by at 1d (fresh) memory_peak_bytes`.
  public func render(_ comparison: Comparison, of candidate: Baseline) -> String {
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
