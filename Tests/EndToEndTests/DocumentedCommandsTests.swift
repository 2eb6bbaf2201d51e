// The pages show what commands print: every block that begins with ```console is run from the
// project's folder, and its output held against the page.
//
//     ```console                 the output is exactly this
//     ```console changing        its numbers, and the blanks and bars around them, may differ
//     ```console sample          another time it looks different: only how it ends is checked
//     ```console server          it gets an embedded server by CLICKHOUSE_URL
//     ```console exit=1          it ends with this code
//
// `OUT` in a command is a folder of the test's. EXPORTBENCH_UPDATE_GOLDENS=1 writes the pages anew.

import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct DocumentedCommandsTests {
    @Test(arguments: documentationPages())
    func aPageShowsWhatItsCommandsPrint(page: String) async throws {
      let text = try #require(textOfFile(page))
      var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      for block in try Block.all(in: lines, of: page).reversed() {
        let printed = try await block.run()
        let isNew = block.output.isEmpty && !printed.isEmpty
        guard isNew || !block.isSample && block.shape(printed) != block.shape(block.output)
        else { continue }
        if ProcessInfo.processInfo.environment["EXPORTBENCH_UPDATE_GOLDENS"] != nil {
          lines.replaceSubrange(block.outputLines, with: printed)
        } else {
          let pairs = zip(block.shape(printed), block.shape(block.output))
          let place = pairs.prefix { $0 == $1 }.count
          func line(_ lines: [String]) -> String { place < lines.count ? lines[place] : "its end" }
          Issue.record(
            """
            \(page):\(block.outputLines.lowerBound + place + 1): \(block.command)
            prints: \(line(printed))
            shown:  \(line(block.output))
            """)
        }
      }
      let now = lines.joined(separator: "\n")
      if now != text { try Data(now.utf8).write(to: URL(fileURLWithPath: page)) }
    }

    @Test func blocksAreFound() throws {
      let head = "```console changing exit=2 server"
      let page = ["a", head, "$ exportbench x 'a b' OUT/c", "1", "```"]
      let block = try #require(try Block.all(in: page, of: "p.md").first)
      #expect(block.arguments("/t") == ["x", "a b", "/t/c"] && block.status == 2)
      #expect(block.usesServer && block.outputLines == 3..<4)
      #expect(block.shape(["at  1.5 MiB ███ x"]) == block.shape(["at 20.9 GiB █▍ x"]))
      #expect(block.shape(["at 1 MiB"]) != block.shape(["on 1 MiB"]))
      #expect(throws: Block.Mistake.self) { try Block.all(in: ["```console", "ls"], of: "p.md") }
    }
  }
}

/// A command in a page, and what the page says it prints.
private struct Block {
  let command: String
  let outputLines: Range<Int>
  let output: [String]
  let isChanging: Bool
  let isSample: Bool
  let usesServer: Bool
  let status: Int32

  struct Mistake: Error, CustomStringConvertible { let description: String }

  static func all(in lines: [String], of page: String) throws -> [Block] {
    var blocks: [Block] = []
    var place = 0
    while place < lines.count {
      let words = lines[place].split(separator: " ").map(String.init)
      place += 1
      guard words.first == "```console" else { continue }
      let prompt = "$ exportbench"
      guard place < lines.count, lines[place].hasPrefix(prompt),
        let end = lines[place...].firstIndex(of: "```")
      else { throw Mistake(description: "\(page):\(place): the block shows no command's output") }
      let status = words.compactMap { $0.hasPrefix("exit=") ? Int32($0.dropFirst(5)) : nil }.first
      blocks.append(
        Block(
          command: String(lines[place].dropFirst(2)), outputLines: place + 1..<end,
          output: Array(lines[place + 1..<end]), isChanging: words.contains("changing"),
          isSample: words.contains("sample"), usesServer: words.contains("server"),
          status: status ?? 0))
      place = end
    }
    return blocks
  }

  /// What stands behind the program's name; quotes hold a text with spaces together.
  func arguments(_ folder: String) -> [String] {
    var words = [""]
    var quote: Character?
    for character in command.dropFirst("exportbench".count) {
      if character == quote {
        quote = nil
      } else if quote == nil, character == "'" || character == "\"" {
        quote = character
      } else if quote == nil, character == " " {
        words.append("")
      } else {
        words[words.count - 1].append(character)
      }
    }
    return words.filter { !$0.isEmpty }.map { $0.replacing("OUT", with: folder) }
  }

  func run() async throws -> [String] {
    let scratch = Scratch()
    let environment = usesServer ? try await Shared.environment : [:]
    let result = try await Program.run(arguments(scratch.path), environment: environment)
    #expect(result.ending == .exit(status), "\(command): \(result.remarks)")
    guard !result.output.isEmpty else { return [] }
    let text = result.output.replacing(scratch.path, with: "OUT")
    return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      .dropLast(text.hasSuffix("\n") ? 1 : 0)
  }

  /// The lines with what may differ left out.
  func shape(_ lines: [String]) -> [String] {
    guard isChanging else { return lines }
    return lines.map { line in
      var shape = ""
      for word in line.split(separator: " ") {
        let isBar = word.unicodeScalars.allSatisfy { (0x2580...0x259F).contains($0.value) }
        let isUnit = ["KiB", "MiB", "GiB", "B", "ms", "s", "min"].contains(word)
        if isBar || isUnit { continue }
        shape += (word.contains(where: \.isNumber) ? "#" : String(word)) + " "
      }
      return shape
    }
  }
}
