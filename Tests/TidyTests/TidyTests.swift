// Rules of the project that no compiler checks: lengths, standard streams, what must not be left
// behind. StructureTests has those about targets and folders.

import Foundation
import Testing

@Suite struct TidyTests {
  @Test func filesAndFunctionsAreShort() throws {
    for file in try SourceFile.all("Sources", ending: ".swift") {
      #expect(file.lines.count <= 400, "\(file.path) has \(file.lines.count) lines")
      for (length, name) in Self.functions(of: file.lines) {
        #expect(length <= 70, "\(file.path): '\(name)' has \(length) lines")
      }
    }
    for ending in [".swift", ".py"] {
      for folder in ["Sources", "Tests"] {
        for file in try SourceFile.all(folder, ending: ending) {
          for (number, line) in file.lines.enumerated() {
            #expect(line.count <= 100, "\(file.path):\(number + 1) has \(line.count) columns")
          }
        }
      }
    }
  }

  /// A write that fails must be noticed: `print` ignores it, and `FileHandle` traps.
  @Test func standardStreamsAreWrittenInOnePlace() throws {
    let ways = try [
      #"(^|[^\w.])(print|debugPrint|dump|fputs|puts|putchar|fwrite|fflush|perror)\("#,
      #"\bFileHandle\.standard(Output|Error)"#,
      #"(^|[^\w.])(STDOUT_FILENO|STDERR_FILENO|stdout|stderr)\b"#, #"\bwrite\([12],"#,
    ].map { try Regex($0) }
    // The supervisor's standard output is a pipe to its driver.
    let exempt = ["StandardStream.swift", "Supervisor.swift"]
    for file in try SourceFile.all("Sources", ending: ".swift")
    where !exempt.contains(where: file.path.hasSuffix) {
      for (number, line) in file.lines.enumerated() {
        let code = line.drop { $0 == " " }
        guard !code.hasPrefix("//"), !line.contains("\"\"\"") else { continue }
        let found = ways.contains { (try? $0.firstMatch(in: code)) != nil }
        #expect(!found, "\(file.path):\(number + 1) writes to a standard stream by itself")
      }
    }
  }

  @Test func everyFileSaysWhatItIsFor() throws {
    for file in try SourceFile.all("Sources", ending: ".swift") {
      #expect(file.lines.first?.hasPrefix("// ") == true, "\(file.path) begins without a word")
    }
  }

  @Test func nothingIsLeftBehind() throws {
    let markers = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
    for folder in ["Sources", "Tests", "scripts", "Benchmarks", "datasets"] {
      for file in try SourceFile.all(folder, ending: "") {
        for (number, line) in file.lines.enumerated() {
          for marker in markers {
            #expect(!line.contains(marker), "\(file.path):\(number + 1) holds \(marker)")
          }
        }
      }
    }
  }

  /// Lengths of functions and initializers: from the line of the declaration to the closing brace
  /// at the same indentation, which the formatter guarantees.
  private static func functions(of lines: [Substring]) -> [(length: Int, name: Substring)] {
    var found: [(Int, Substring)] = []
    for (start, line) in lines.enumerated() {
      let text = line.drop { $0 == " " }
      guard text.contains("func ") || text.hasPrefix("init(") || text.contains(" init("),
        !text.hasPrefix("//")
      else { continue }
      let indent = line.count - text.count
      let closing = String(repeating: " ", count: indent) + "}"
      guard let end = lines[(start)...].firstIndex(where: { $0 == closing }) else { continue }
      let interrupted = lines[(start + 1)..<max(start + 1, end)].contains {
        $0.count > indent && $0.prefix(indent).allSatisfy { $0 == " " }
          && !($0.dropFirst(indent).first.map { " )}".contains($0) } ?? true)
      }
      if !interrupted { found.append((end - start + 1, text.prefix(60))) }
    }
    return found
  }
}
