// `exportbench cite`: writes figures of runs into Markdown pages and checks them.

import ArgumentParser
import CitedPages
import Failures
import Files
import Foundation
import Reports
import Analysis

struct CiteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cite",
    abstract: "Write figures of runs into Markdown pages.",
    discussion: """
      The text of a link to a file of a run comes from the run if the link's title is a citation:

        The view takes [0.535 [0.519, 0.548]][memory-30d] of the memory.

        [memory-30d]: ../results/reference/claim-25.8/samples.csv
          "ratio export fresh 30d memory_peak_bytes mv-final/limit-by"

      The title is `median` or `ratio` with fields of one row of summary.csv, or `verdict` or \
      `reason` with the name of a claim. Below a link that is a separate paragraph, "table TITLE" \
      writes a table of the report, and "file" writes the linked file. A link to sweep.json cites \
      a sweep.

      EXAMPLE: exportbench cite README.md docs/explanation/findings.md --check

      \(ExitCodes.cite.help)
      """)

  @Argument(help: "Markdown files to update or check.")
  var files: [String]

  @Option(help: "Folder of the cited runs.")
  var runs = "results/reference"

  @Flag(help: "Change nothing; exit with 1 if a figure differs from the run.")
  var check = false

  func run() throws {
    let citations = citations()
    for file in files {
      guard let text = try Files.text(of: file) else {
        throw UserError.input("\(file) is not UTF-8 text; give a Markdown file")
      }
      let filled: String
      do {
        filled = try citations.filled(text, page: absolute(file))
      } catch let mistake as Citations.Mistake {
        throw UserError.input("\(file):\(mistake.line): \(mistake.sentence)")
      }
      guard filled != text else { continue }
      guard !check else { throw difference(of: text, from: filled, in: file) }
      try OutputFile.write(filled, to: file)
      Terminal.say("\(file) updated")
    }
  }

  private func citations() -> Citations {
    var known: [String: Findings] = [:]
    return Citations(
      runs: absolute(runs),
      run: { name in
        if let findings = known[name] { return findings }
        do {
          let findings = try RecordedRun(reading: "\(runs)/\(name)").findings()
          known[name] = findings
          return findings
        } catch { throw Citations.Mistake("\(error)") }
      },
      sweep: { name in
        do { return try SweepFolder.findings("\(runs)/\(name)") } catch {
          throw Citations.Mistake("\(error)")
        }
      },
      exists: { (try? Files.isFolder("\(runs)/\($0)")) == false },
      file: { file in
        guard let text = try Files.text(of: "\(runs)/\(file)") else {
          throw Citations.Mistake("\(runs)/\(file) is not UTF-8 text")
        }
        return text
      })
  }

  private func absolute(_ path: String) -> String { URL(fileURLWithPath: path).path }

  private func difference(of text: String, from filled: String, in file: String) -> GateFailure {
    let lines = zip(
      text.split(separator: "\n", omittingEmptySubsequences: false),
      filled.split(separator: "\n", omittingEmptySubsequences: false))
    let line = lines.prefix { $0 == $1 }.count + 1
    return GateFailure(
      .refuted,
      "\(file):\(line) differs from the recorded run; run: exportbench cite " + file.shellWord
        + (runs == "results/reference" ? "" : " --runs \(runs.shellWord)"))
  }
}
