// The folder of a run: a row is on disk before the next, a file is whole or not there. What a full
// disk does to the rows is tested with the built command, whose file sizes can be limited.

import CSVRecords
import Foundation
import RunStore
import TestSupport
import Testing

@Suite struct RunFolderTests {
  private let scratch = Scratch()

  private func sentence(_ work: () throws -> Void) -> String {
    do {
      try work()
      return "no error"
    } catch { return "\(error)" }
  }

  private func row(_ attempt: Int) -> Sample {
    var sample = Sample()
    sample.attempt = attempt
    sample.errorMessage = "a message, with \"quotes\""
    return sample
  }

  @Test func aFolderThatIsThereIsRefused() {
    #expect(
      sentence { _ = try RunFolder(creating: scratch.path) }
        == "the output folder \(scratch.path) exists; choose another --output or remove it")
    #expect(exists(scratch.path))
  }

  @Test func aFolderThatCannotBeMadeIsToldWithTheReason() {
    let file = scratch.write("", to: "file")
    let words = sentence { _ = try RunFolder(creating: "\(file)/run") }
    #expect(words.hasPrefix("cannot create the output folder \(file)/run: "))
    #expect(sentence { _ = try RunFolder(creating: "/proc/no/run") }.hasPrefix("cannot create"))
  }

  @Test func foldersThatNobodyNamedGetTheNextFreeName() async throws {
    let stem = scratch.path("run")
    let names = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<8 {
        group.addTask { try RunFolder(creating: stem, orNext: true).name }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(names) == Set(["run"] + (2...8).map { "run-\($0)" }))
  }

  @Test func everyRowIsOnDiskUnderOneHeader() throws {
    let folder = try RunFolder(creating: scratch.path("deep/run"))
    for number in 1...3 {
      try folder.append(row(number))
      let text = try #require(textOfFile("\(folder.path)/samples.csv"))
      #expect(text == CSV.document((1...number).map(row)))
    }
    var insert = InsertSample()
    insert.pair = 1
    try folder.append(insert)
    #expect(textOfFile("\(folder.path)/inserts.csv") == CSV.document([insert]))
    #expect(namesInFolder(folder.path) == ["inserts.csv", "samples.csv"])
  }

  @Test func aFileIsWholeOrNotThere() throws {
    let folder = try RunFolder(creating: scratch.path("run"))
    try folder.write("first", to: "manifest.json")
    try folder.write("second", to: "manifest.json")
    #expect(textOfFile("\(folder.path)/manifest.json") == "second")
    #expect(namesInFolder(folder.path) == ["manifest.json"], "no draft is left")
  }

  @Test func aFullDeviceIsToldWithTheRemedy() throws {
    let folder = try RunFolder(creating: scratch.path("run"))
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/.report.md.draft", withDestinationPath: "/dev/full")
    #expect(
      sentence { try folder.write("text", to: "report.md") }
        == "cannot write \(folder.path)/report.md: No space left on device; free some space, "
        + "or write elsewhere")
    #expect(namesInFolder(folder.path).isEmpty)
  }
}
