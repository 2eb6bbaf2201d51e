// Draws Vega-Lite specifications as SVG: in a Python process with the wheel that scripts/setup
// installs into engine/charts. Knows nothing of what a chart shows.

import Engine
import Foundation

/// What draws charts on this machine.
package struct Drawing: Sendable {
  private let python: String

  /// Why something could not be drawn. The description is one sentence.
  package struct Failure: Error, CustomStringConvertible {
    /// The sentence.
    package let description: String

    package init(description: String) { self.description = description }
  }

  /// What to run where nothing is installed that draws.
  package static let remedy = "./scripts/setup --charts"

  /// Seconds that a report's charts may take together.
  private static let timeout = 120.0

  /// Finds what `scripts/setup` installed; nil where it did not.
  package init?(environment: [String: String] = ProcessInfo.processInfo.environment) {
    let found = Engine.folders(environment).map { "\($0)/charts" }.first {
      // The pins are written last: without them an installation was cut short.
      FileManager.default.fileExists(atPath: "\($0)/pins.txt")
        && FileManager.default.isExecutableFile(atPath: "\($0)/bin/python3")
    }
    guard let found else { return nil }
    python = "\(found)/bin/python3"
  }

  /// Draws specifications, each a text of JSON.
  ///
  /// - Returns: an SVG for each, in their order.
  /// - Throws: ``Failure`` where one of them cannot be drawn, or nothing can.
  package func svgs(of specifications: [String]) throws -> [String] {
    struct Drawn: Decodable {
      let svg: String?
      let error: String?
    }
    guard !specifications.isEmpty else { return [] }
    let answer = try run(Data("[\(specifications.joined(separator: ","))]".utf8))
    guard let drawn = try? JSONDecoder().decode([Drawn].self, from: answer),
      drawn.count == specifications.count
    else {
      throw Failure(
        description:
          "the charts could not be drawn: \(python) gave no answer; install it anew with "
          + "\(Self.remedy)")
    }
    return try drawn.map { one in
      guard let svg = one.svg else {
        throw Failure(description: "a chart could not be drawn: \(one.error ?? "no reason given")")
      }
      // Ours hold neither; a page must not run or fetch what a name in a file smuggled in.
      for word in ["<script", "href=", "<foreignObject", "<image"] where svg.contains(word) {
        throw Failure(description: "a chart could not be drawn: its drawing holds '\(word)'")
      }
      return svg
    }
  }

  private func run(_ input: Data) throws -> Data {
    let script = Bundle.module.bundlePath + "/draw.py"
    guard FileManager.default.fileExists(atPath: script) else {
      throw Failure(description: "the file \(script) is missing; build exportbench again")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = ["-I", script]
    let (questions, answers) = (Pipe(), Pipe())
    process.standardInput = questions
    process.standardOutput = answers
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch {
      throw Failure(description: "the charts could not be drawn: cannot start \(python)")
    }
    // Not SIGTERM: a child inherits what the thread that starts it blocks.
    let end = DispatchWorkItem {
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
    DispatchQueue.global().asyncAfter(deadline: .now() + Self.timeout, execute: end)
    defer { end.cancel() }
    // The script reads all of it before it writes, so that neither side waits for the other.
    try? questions.fileHandleForWriting.write(contentsOf: input)
    try? questions.fileHandleForWriting.close()
    let answer = (try? answers.fileHandleForReading.readToEnd()) ?? Data()
    process.waitUntilExit()
    return answer
  }
}
