// Renders Vega-Lite specifications as SVG, in a Python process with the wheel that scripts/setup
// installs into engine/charts.

import Engine
import Foundation

package struct Drawing: Sendable {
  private let python: String

  package struct Failure: Error, CustomStringConvertible {
    /// One sentence.
    package let description: String

    package init(description: String) { self.description = description }
  }

  /// Command that installs the renderer.
  package static let remedy = "./scripts/setup --charts"

  /// For all charts of a report, in seconds.
  private static let timeout = 120.0

  /// Nil if not installed.
  package init?(environment: [String: String] = ProcessInfo.processInfo.environment) {
    let found = Engine.folders(environment).map { "\($0)/charts" }.first {
      // The pins are written last: without them the installation is incomplete.
      FileManager.default.fileExists(atPath: "\($0)/pins.txt")
        && FileManager.default.isExecutableFile(atPath: "\($0)/bin/python3")
    }
    guard let found else { return nil }
    python = "\(found)/bin/python3"
  }

  /// - Parameter specifications: JSON texts.
  /// - Returns: an SVG for each, in order.
  /// - Throws: ``Failure`` if any cannot be rendered.
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
          "the charts could not be drawn: \(python) gave no response; install it again with "
          + "\(Self.remedy)")
    }
    return try drawn.map { one in
      guard let svg = one.svg else {
        throw Failure(description: "a chart could not be drawn: \(one.error ?? "no reason given")")
      }
      // Our charts contain none of these; names in a file must not make a page load or run
      // anything.
      for word in ["<script", "href=", "<foreignObject", "<image"] where svg.contains(word) {
        throw Failure(description: "a chart could not be drawn: its SVG contains '\(word)'")
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
    // Not SIGTERM: children inherit blocked signals of the starting thread.
    let end = DispatchWorkItem {
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
    DispatchQueue.global().asyncAfter(deadline: .now() + Self.timeout, execute: end)
    defer { end.cancel() }
    // The script reads all input before it writes, which avoids a deadlock.
    try? questions.fileHandleForWriting.write(contentsOf: input)
    try? questions.fileHandleForWriting.close()
    let answer = (try? answers.fileHandleForReading.readToEnd()) ?? Data()
    process.waitUntilExit()
    return answer
  }
}
