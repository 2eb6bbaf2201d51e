// The targets of ARCHITECTURE.md: their order, their imports, and the folders inside them.

import Foundation
import Testing

@Suite struct StructureTests {
  /// The targets in the order of the table.
  private static func targets() throws -> [String] {
    let page = try String(
      contentsOf: SourceFile.root.appendingPathComponent("ARCHITECTURE.md"), encoding: .utf8)
    return page.matches(of: /\n\| [A-Za-z ]+ \| `(\w+)` \|/).map { String($0.1) }
  }

  /// The folder of the micro-benchmarks' targets.
  private static let micro = "Benchmarks/Micro/Benchmarks"

  /// The project's own modules that each target below a folder imports.
  private static func imports(in folder: String = "Sources") throws -> [String: Set<String>] {
    let targets = Set(try targets())
    let depth = folder.split(separator: "/").count
    var found: [String: Set<String>] = [:]
    for file in try SourceFile.all(folder, ending: ".swift") {
      let target = String(file.path.split(separator: "/")[depth])
      for line in file.lines {
        guard let match = line.firstMatch(of: /^ *(?:@?\w+ )*import (\w+)$/) else { continue }
        let module = String(match.1)
        if targets.contains(module), module != target { found[target, default: []].insert(module) }
      }
    }
    return found
  }

  @Test func importsPointDownwards() throws {
    let targets = try Self.targets()
    let folders = try FileManager.default.contentsOfDirectory(
      atPath: SourceFile.root.appendingPathComponent("Sources").path)
    #expect(Set(targets) == Set(folders) && targets.count == folders.count)
    for (target, modules) in try Self.imports() {
      let place = try #require(targets.firstIndex(of: target))
      for module in modules {
        let below = try #require(targets.firstIndex(of: module))
        #expect(below < place, "\(target) imports \(module), which is not above it in the table")
      }
    }
  }

  /// A dependency that nothing imports would hide a wrong one.
  @Test func thePackageNamesWhatIsImported() throws {
    let package = try String(
      contentsOf: SourceFile.root.appendingPathComponent("Package.swift"), encoding: .utf8)
    let targets = Set(try Self.targets())
    let imports = try Self.imports().merging(Self.imports(in: Self.micro)) { $0.union($1) }
    let text = package.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    var seen: Set<String> = []
    for declaration in text.matches(of: Self.declaration) {
      let target = String(declaration.1)
      let named = Set((declaration.2 ?? "").matches(of: /"(\w+)"/).map { String($0.1) })
      seen.insert(target)
      #expect(named.intersection(targets) == imports[target] ?? [], "dependencies of \(target)")
    }
    #expect(seen == targets.subtracting(["CCurl", "CJemalloc"]).union(["Hot", "Counted"]))
  }

  /// A target's name and the list that follows it, of text on one line.
  private static var declaration: Regex<(Substring, Substring, Substring?)> {
    #/(?: module\( ?|executableTarget\( name: )"(\w+)"(?:, (?:dependencies: )?\[([^\]]*)\])?/#
  }

  @Test func conclusionsTalkToNoServer() throws {
    let imports = try Self.imports()
    for target in ["Analysis", "CapacityModel", "Reports"] {
      let wrong = imports[target]?.intersection(["ClickHouseClient", "HTTPTransport", "Engine"])
      #expect(wrong?.isEmpty == true, "\(target) imports \(wrong ?? [])")
    }
  }

  /// The name of a type that is declared at the top level of a file.
  private static var type: Regex<(Substring, Substring)> {
    #/
      (?m) ^ (?:@\w+\ )* (?:package\ |final\ |indirect\ )*
      (?:struct|class|enum|actor|protocol|typealias)\ (\w+)
    /#
  }

  /// A target has one main subject per folder; folders that need each other are one.
  @Test func foldersOfATargetDoNotUseEachOther() throws {
    let files = try SourceFile.all("Sources", ending: ".swift")
      .map { (path: $0.path, code: $0.code) }
    let byTarget = Dictionary(grouping: files) { $0.path.split(separator: "/")[1] }
    for (target, files) in byTarget {
      let folders = Dictionary(grouping: files) {
        $0.path.split(separator: "/").dropFirst(2).dropLast().joined(separator: "/")
      }
      guard folders.count > 1 else { continue }
      var declared: [String: String] = [:]
      for (folder, files) in folders {
        for file in files {
          for match in file.code.matches(of: Self.type) {
            declared[String(match.1)] = folder
          }
        }
      }
      var uses: [String: [String: String]] = [:]
      for (folder, files) in folders {
        for file in files {
          for word in Set(file.code.split { !($0.isLetter || $0.isNumber || $0 == "_") }) {
            guard let other = declared[String(word)], other != folder else { continue }
            uses[folder, default: [:]][other] = "\(file.path) uses \(word)"
          }
        }
      }
      for (folder, others) in uses {
        for (other, example) in others where folder < other {
          let back = uses[other]?[folder]
          #expect(back == nil, "\(target): \(example), and \(back ?? "")")
        }
      }
    }
  }
}
