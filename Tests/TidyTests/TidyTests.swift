// The house rules that a compiler does not know: who may import whom, how long things may be, and
// what must not be left behind.

import Foundation
import Testing

@Suite struct TidyTests {
  /// Which of our own rooms each room may import. The drawing in ARCHITECTURE.md, as data.
  static let mayImport: [String: Set<String>] = [
    "Files": [],
    "Units": [],
    "Documents": ["Units"],
    "Native": [],
    "Allocator": ["CJemalloc"],
    "Transport": ["CCurl"],
    "ClickHouseSQL": [],
    "ClickHouse": ["ClickHouseSQL", "Transport"],
    "Server": ["ClickHouse", "Files"],
    "Observations": ["Documents", "Native", "Units"],
    "Exports": ["ClickHouseSQL", "Files", "Units"],
    "Probes": ["Allocator", "ClickHouse", "Transport"],
    "Results": ["ClickHouseSQL", "Units"],
    "Bench": [
      "ClickHouse", "ClickHouseSQL", "Documents", "Exports", "Files", "Observations", "Probes",
      "Results",
      "Server", "Transport", "Units",
    ],
    "Reports": ["ClickHouseSQL", "Results", "Units"],
    "Drawing": ["Server"],
    "exportbench": [
      "Bench", "ClickHouse", "ClickHouseSQL", "Documents", "Drawing", "Exports", "Files",
      "Observations", "Probes", "Reports", "Results", "Server", "Units",
    ],
  ]

  @Test func everyRoomImportsOnlyWhatItMay() throws {
    let rooms = Set(Self.mayImport.keys).union(["CCurl", "CJemalloc"])
    for file in try Self.files("Sources", ending: ".swift") {
      let room = file.path.split(separator: "/")[1]
      let allowed = try #require(Self.mayImport[String(room)], "no rule for \(room)")
      for line in file.lines where line.contains("import ") {
        let words = line.split(separator: " ")
        guard let index = words.firstIndex(of: "import"), index + 1 < words.count,
          words[..<index].allSatisfy({ ["public", "internal", "@testable"].contains($0) })
        else { continue }
        let imported = String(words[index + 1])
        if rooms.contains(imported), imported != room {
          #expect(allowed.contains(imported), "\(file.path) imports \(imported)")
        }
      }
    }
  }

  @Test func filesAndFunctionsAreShort() throws {
    for file in try Self.files("Sources", ending: ".swift") {
      #expect(file.lines.count <= 320, "\(file.path) has \(file.lines.count) lines")
      for (length, name) in Self.functions(of: file.lines) {
        #expect(length <= 70, "\(file.path): '\(name)' has \(length) lines")
      }
    }
    for ending in [".swift", ".py"] {
      for folder in ["Sources", "Tests"] {
        for file in try Self.files(folder, ending: ending) {
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
    for file in try Self.files("Sources", ending: ".swift")
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
    for file in try Self.files("Sources", ending: ".swift") {
      #expect(file.lines.first?.hasPrefix("// ") == true, "\(file.path) begins without a word")
    }
  }

  @Test func nothingIsLeftBehind() throws {
    let markers = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
    for folder in ["Sources", "Tests", "scripts", "Benchmarks", "datasets"] {
      for file in try Self.files(folder, ending: "") {
        for (number, line) in file.lines.enumerated() {
          for marker in markers {
            #expect(!line.contains(marker), "\(file.path):\(number + 1) holds \(marker)")
          }
        }
      }
    }
  }

  private struct File {
    let path: String
    let lines: [Substring]
  }

  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static func files(_ folder: String, ending: String) throws -> [File] {
    let base = root.appendingPathComponent(folder).path
    let walk = try #require(FileManager.default.enumerator(atPath: base))
    var found: [File] = []
    for case let name as String in walk where name.hasSuffix(ending) {
      // What a package manager fetched and built is nobody's to tidy.
      guard !name.split(separator: "/").contains(where: { $0.hasPrefix(".build") }) else {
        continue
      }
      var isFolder: ObjCBool = false
      let path = "\(base)/\(name)"
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
        !isFolder.boolValue, let text = try? String(contentsOfFile: path, encoding: .utf8)
      else { continue }
      var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      if lines.last?.isEmpty == true { lines.removeLast() }
      found.append(File(path: "\(folder)/\(name)", lines: lines))
    }
    return found
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
