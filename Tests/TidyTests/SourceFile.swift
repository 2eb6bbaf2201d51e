// Files of the project, as lines.

import Foundation
import Testing

struct SourceFile {
  /// Relative to the package's folder.
  let path: String
  let lines: [Substring]

  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The text files below a folder whose names end so, but for what a package manager built.
  static func all(_ folder: String, ending: String) throws -> [SourceFile] {
    let base = root.appendingPathComponent(folder).path
    let walk = try #require(FileManager.default.enumerator(atPath: base))
    var found: [SourceFile] = []
    for case let name as String in walk where name.hasSuffix(ending) {
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
      found.append(SourceFile(path: "\(folder)/\(name)", lines: lines))
    }
    return found.sorted { $0.path < $1.path }
  }

  /// The lines without comments and string literals, but with what literals interpolate.
  var code: String {
    lines.map { line in
      guard !line.drop(while: { $0 == " " }).hasPrefix("//") else { return "" }
      return String(line).replacing(/"(?:[^"\\]|\\.)*"/) { literal in
        literal.output.matches(of: /\\\(([^()]*(?:\([^()]*\)[^()]*)*)\)/)
          .map { String($0.1) }.joined(separator: " ")
      }
    }.joined(separator: "\n")
  }
}
