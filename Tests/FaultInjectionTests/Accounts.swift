// What must hold of a run's files whatever the weather was.

import BenchmarkSpec
import CSVRecords
import Foundation
import RunStore
import TestSupport
import Testing

/// The whole lines of a file of a run; none if there is no file.
func rows<Record: Filed>(_ kind: Record.Type, in folder: String) throws -> [Record] {
  let file = "\(folder)/\(kind.fileName)"
  guard let data = FileManager.default.contents(atPath: file) else { return [] }
  return try CSV.parse(kind, Array(data), file: file, lastLine: .tornIfUnbroken).records
}

/// Checks that a program ended with one of these codes and one sentence, and not otherwise.
func expectSentence(
  _ result: Program.Result, _ codes: Set<Int32>, _ name: Comment,
  location: SourceLocation = #_sourceLocation
) {
  guard case .exit(let code) = result.ending, codes.contains(code) else {
    Issue.record(
      "it ended with \(result.ending), and said: \(result.remarks.suffix(600)): \(name)",
      sourceLocation: location)
    return
  }
  let sentences = result.remarks.split(separator: "\n").filter { $0.hasPrefix("exportbench: ") }
  #expect(
    sentences.count == (code == 0 ? 0 : 1), "\(result.remarks.suffix(600)): \(name)",
    sourceLocation: location)
  #expect(!result.remarks.contains("Fatal error"), "\(name)", sourceLocation: location)
}

/// Checks that the attempts of a run are accounted for: numbered without a gap, each with a status
/// and with a reason where it failed.
func expectAccounts(of folder: String, _ name: Comment) throws {
  let samples = try rows(Sample.self, in: folder)
  #expect(samples.map(\.attempt) == samples.indices.map { $0 + 1 }, name)
  for sample in samples {
    #expect((sample.status == .failed) == (sample.errorName != nil), name)
    #expect(!(sample.errorMessage ?? "").contains { $0.isNewline }, name)
    if sample.status == .ok { #expect(sample.resultRows == sample.expectedRows, name) }
  }
}

/// Checks that a run has come to its end: every cell has been tried by a server that was there,
/// each once, every answer is right, and nothing was counted twice.
func expectComplete(
  _ folder: String, cells: Int, inserts: Int, _ name: Comment
) throws {
  try expectAccounts(of: folder, name)
  let samples = try rows(Sample.self, in: folder)
  let tried = samples.filter { $0.status != .failed || $0.errorCode != nil }
  let keys = tried.map { "\($0.mergeState) \($0.window) \($0.path) \($0.period) \($0.repeat)" }
  #expect(keys.count == cells && Set(keys).count == cells, name)
  let loads = try rows(InsertSample.self, in: folder).filter { $0.legName == ReservedLeg.load }
  let pairs = loads.map { "\($0.pair) \($0.target)" }
  #expect(pairs.count == Set(pairs).count && pairs.count == 2 * inserts, name)
  let checks = try rows(VerificationSample.self, in: folder)
  #expect(!checks.isEmpty && checks.allSatisfy { $0.status == .ok }, name)
  let text = textOfFile("\(folder)/manifest.json") ?? ""
  #expect(try Manifest(json: Array(text.utf8), file: "manifest.json").complete, name)
}
