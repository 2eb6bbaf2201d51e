// A folder for one test, gone with it. Holds no knowledge of what is in it.

import Foundation

/// A new folder under the system's temporary one, removed when nobody holds it any more.
public final class Scratch: Sendable {
  /// Its path.
  public let path: String

  /// Makes the folder.
  public init() {
    let name = "exportbench-test-" + UUID().uuidString.lowercased()
    path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch { fatalError("no folder for a test: \(error)") }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a name in it.
  public func path(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file into it, and returns the path.
  @discardableResult
  public func write(_ text: String, to name: String, executable: Bool = false) -> String {
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

  /// The names in it.
  public var names: [String] { namesInFolder(path) }
}

/// The text of a file, or nil if there is none.
public func textOfFile(_ path: String) -> String? {
  FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
}

/// The names in a folder, sorted; none if there is no folder.
public func namesInFolder(_ path: String) -> [String] {
  ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
}

/// The folder of recorded runs that tests read.
public let fixtures = "\(packageFolder)/Tests/Fixtures"

/// Whether a file or folder is there.
public func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

/// The folder that holds Package.swift.
public let packageFolder = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

/// What should have happened, and did not within the time that a test waits.
public struct Impatience: Error, CustomStringConvertible {
  /// The sentence.
  public let description: String

  /// Makes an error of a sentence.
  public init(_ description: String) { self.description = description }
}

/// Asks again and again until the answer is yes. The patience is there to end a test that hangs,
/// and is long enough for a machine that is busy with something else.
public func eventually(
  _ what: String, within patience: Duration = .seconds(30), _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + patience
  while try await !condition() {
    guard ContinuousClock.now < deadline else {
      throw Impatience("\(what): not within \(patience)")
    }
    try await Task.sleep(for: .milliseconds(10))
  }
}

/// Paths of the Markdown pages below `docs`, relative to the package's folder, sorted.
public func documentationPages() -> [String] {
  let names = FileManager.default.subpaths(atPath: "\(packageFolder)/docs") ?? []
  return names.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
}
