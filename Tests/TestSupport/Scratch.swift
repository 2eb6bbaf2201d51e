// A folder for one test, gone with it. Holds no knowledge of what is in it.

import Foundation

/// A new folder under the system's temporary one, removed when nobody holds it any more.
package final class Scratch: Sendable {
  package let path: String

  package init() {
    let name = "exportbench-test-" + UUID().uuidString.lowercased()
    path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch { fatalError("no folder for a test: \(error)") }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  package func path(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file into it, and returns the path.
  @discardableResult
  package func write(_ text: String, to name: String, executable: Bool = false) -> String {
    let file = path(name)
    let attributes: [FileAttributeKey: Any] = [.posixPermissions: executable ? 0o755 : 0o644]
    let parent = URL(fileURLWithPath: file).deletingLastPathComponent().path
    try? FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    precondition(
      FileManager.default.createFile(
        atPath: file, contents: Data(text.utf8), attributes: attributes),
      "cannot write \(file)")
    if executable { rewrite(file) }
    return file
  }

  /// Has a copy by another process take a program's place. A process that another test forked while
  /// the file was open for writing has it open until its own `exec`, and until then nobody can
  /// start it (`ETXTBSY`).
  private func rewrite(_ file: String) {
    let copy = Process()
    copy.executableURL = URL(fileURLWithPath: "/bin/cp")
    copy.arguments = ["--preserve=mode", file, "\(file).copy"]
    do { try copy.run() } catch { fatalError("cannot start cp: \(error)") }
    copy.waitUntilExit()
    precondition(rename("\(file).copy", file) == 0, "cannot rename \(file).copy")
  }

  package var names: [String] { namesInFolder(path) }
}

/// The text of a file, or nil if there is none.
package func textOfFile(_ path: String) -> String? {
  FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
}

/// The names in a folder, sorted; none if there is no folder.
package func namesInFolder(_ path: String) -> [String] {
  ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
}

/// The folder of recorded runs that tests read.
public let fixtures = "\(packageFolder)/Tests/Fixtures"

/// Whether a file or folder is there.
package func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

/// The folder that holds Package.swift.
package let packageFolder = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

/// What should have happened, and did not within the time that a test waits.
package struct Unmet: Error, CustomStringConvertible {
  /// The sentence.
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// Asks again and again until the answer is yes. The patience is there to end a test that hangs,
/// and is long enough for a machine that is busy with something else.
package func eventually(
  _ what: String, within timeout: Duration = .seconds(30), _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + timeout
  while try await !condition() {
    guard ContinuousClock.now < deadline else {
      throw Unmet("\(what): not within \(timeout)")
    }
    try await Task.sleep(for: .milliseconds(10))
  }
}

/// Paths of the Markdown pages below `docs`, relative to the package's folder, sorted.
package func documentationPages() -> [String] {
  let names = FileManager.default.subpaths(atPath: "\(packageFolder)/docs") ?? []
  return names.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
}
