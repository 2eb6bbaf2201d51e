// `exportbench cite`: the figures of a page are those of a run.

import Analysis
import ArgumentParser
import Failures
import Files
import Foundation
import Reports

/// Writes figures of runs into Markdown files, or checks those that are there.
struct CiteCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "cite",
    abstract: "Write the figures of runs into Markdown, where comments ask for them.",
    discussion: """
      Between <!--cite RUN KIND WHAT--> and <!--/--> stands what the run's files say. KIND is \
      median or ratio with fields of one row of summary.csv, verdict or reason with the name of a \
      claim, table with the title of a table of report.md, or file with the name of a text file of \
      the run. A sweep has tables; its runs are SWEEP/RUN.

      EXAMPLE: exportbench cite README.md docs/explanation/findings.md --check

      \(ExitCodes.cite.help)
      """)

  @Argument(help: "Markdown files.")
  package var files: [String]

  @Option(help: "The folder of the runs that are cited.")
  package var runs = "results/reference"

  @Flag(help: "Change nothing; exit with 1 if a figure is not what the run says.")
  package var check = false

  package func run() throws {
    var known: [String: Findings] = [:]
    let citations = Citations(
      run: { name in
        if let findings = known[name] { return findings }
        let findings = try RecordedRun(reading: "\(runs)/\(name)").findings()
        known[name] = findings
        return findings
      },
      sweep: { try SweepFolder.findings("\(runs)/\($0)") },
      file: { name, file in
        let place = "\(runs)/\(name)/\(file)"
        do {
          guard let text = try Files.text(of: place) else {
            throw Citations.Mistake(description: "names \(place), which is not text in UTF-8")
          }
          return text.hasSuffix("\n") ? text : text + "\n"
        } catch let failure as FileError {
          throw Citations.Mistake(description: "names no file of the run: \(failure)")
        }
      })
    for file in files {
      guard let text = try Files.text(of: file) else {
        throw UserError(.input, "\(file) is not text in UTF-8; give a Markdown file")
      }
      let filled: String
      do { filled = try citations.filled(text, file: file) } catch let error as Citations.Mistake {
        throw UserError(.input, "\(error)")
      }
      guard filled != text else { continue }
      if check {
        let lines = zip(
          text.split(separator: "\n", omittingEmptySubsequences: false),
          filled.split(separator: "\n", omittingEmptySubsequences: false))
        let line = lines.prefix { $0 == $1 }.count + 1
        throw GateFailure(
          status: .refuted,
          sentence: "\(file):\(line) does not say what was measured; run: exportbench cite "
            + file.shellWord + (runs == "results/reference" ? "" : " --runs \(runs.shellWord)"))
      }
      try OutputFile.write(filled, to: file)
      Terminal.say("\(file) is up to date now")
    }
  }
}
