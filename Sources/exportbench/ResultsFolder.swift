// The folder of a new run, and the report on a run that has ended.

import Analysis
import Foundation
import RunStore

/// Folders under `results/`, and their reports.
enum ResultsFolder {
  /// `results/claim-20260930T120000`.
  static func defaultPath(_ name: String) -> String {
    let stamp = Date.now.formatted(.iso8601).filter { $0.isNumber || $0 == "T" }
    return "results/\(name)-\(stamp)"
  }

  /// Makes the folder of a run.
  ///
  /// - Parameters:
  ///   - output: what the user chose; it must not exist.
  ///   - name: the benchmark's, for the default path.
  /// - Returns: the empty folder.
  /// - Throws: ``UserError``.
  static func make(_ output: String?, for name: String) throws -> RunFolder {
    let folder = try RunFolder(creating: output ?? defaultPath(name), orNext: output == nil)
    Terminal.say("writing to \(folder.path)")
    return folder
  }

  /// Writes the report of a run into its folder, and says where it is.
  static func writeReport(_ findings: Findings, in folder: RunFolder) throws {
    say(try ReportFiles(in: folder.path).write(findings, folder.records))
  }

  static func say(_ written: ReportFiles.Written) {
    if let note = written.note { Terminal.say("charts omitted: \(note)") }
    Terminal.say("done; see \(written.page) and \(written.markdown)")
  }
}
