// Folder of a sweep: sweep.json, one folder per run, and the combined CSV files.

import Failures
import Files
import Foundation
import RunStore

/// New or resumed; locked by one process.
package final class SweepFolder {
  package let path: String
  package let manifest: SweepManifest
  private let lock: Int32

  package var name: String { URL(fileURLWithPath: path).lastPathComponent }

  package static func isThere(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(path)/\(SweepManifest.fileName)")
  }

  /// Nil unless a sweep.
  package static func findings(_ path: String) throws -> SweepFindings? {
    guard isThere(path) else { return nil }
    let members = try members(of: path).map { member in
      SweepMember(
        name: member.name, findings: try RecordedRun(reading: member.path).findings())
    }
    return SweepFindings(name: URL(fileURLWithPath: path).lastPathComponent, members: members)
  }

  package static func manifest(in path: String) throws -> SweepManifest {
    let file = "\(path)/\(SweepManifest.fileName)"
    do { return try SweepManifest(json: try Files.bytes(of: file), file: file) } catch let failure
      as FileError
    { throw UserError(failure) }
  }

  /// Started members with their folders.
  package static func members(of path: String) throws -> [(name: String, path: String)] {
    let all = try manifest(in: path).members.map { (name: $0.name, path: "\(path)/\($0.name)") }
    let begun = all.map { FileManager.default.fileExists(atPath: "\($0.path)/manifest.json") }
    // Runs start in order, so a missing run before an existing one was removed.
    guard let missing = begun.firstIndex(of: false) else { return all }
    guard !begun[missing...].contains(true) else {
      throw UserError.input(
        "\(path) is damaged: the run \(all[missing].name) is missing; restore it from a copy, or "
          + "measure it with: exportbench run --resume \(path)")
    }
    return Array(all.prefix(missing))
  }

  /// The folder must not exist; `orNext` allows `path-2` and so on instead.
  package init(
    creating path: String, orNext: Bool = false, _ manifest: SweepManifest
  ) throws {
    self.path = URL(fileURLWithPath: try RunFolder.make(path, orNext: orNext)).path
    self.manifest = manifest
    lock = try RunFolder.lock(self.path)
    try write(try manifest.json(), to: SweepManifest.fileName)
  }

  package init(resuming path: String) throws {
    self.path = URL(fileURLWithPath: path).path
    lock = try RunFolder.lock(self.path)
    manifest = try Self.manifest(in: self.path)
  }

  deinit { close(lock) }

  /// Resumes the member's run, or creates its folder.
  package func run(_ member: String) throws -> RunFolder {
    let place = "\(path)/\(member)"
    if FileManager.default.fileExists(atPath: "\(place)/manifest.json") {
      return try RunFolder(resuming: place)
    }
    // A folder in which nothing was started.
    try? FileManager.default.removeItem(atPath: place)
    return try RunFolder(creating: place, inSweep: name)
  }

  package func isComplete(_ member: String) -> Bool {
    let file = "\(path)/\(member)/manifest.json"
    guard let bytes = FileManager.default.contents(atPath: file) else { return false }
    return (try? Manifest(json: Array(bytes), file: file))?.complete == true
  }

  /// Refuses to resume with different input.
  package func refuseDifferences(from now: SweepManifest) throws(UserError) {
    func refuse(_ what: String) -> UserError {
      UserError.input(
        "\(path) cannot be resumed, because \(what) since it started; change it back, or start a "
          + "new sweep")
    }
    guard manifest.toolVersion == now.toolVersion else { throw refuse("exportbench has changed") }
    guard manifest.benchmark.text == now.benchmark.text else {
      throw refuse("the benchmark (\(now.benchmark.file)) has changed")
    }
    guard manifest.members.map(\.name) == now.members.map(\.name) else {
      throw refuse("its members have changed")
    }
    for (begun, member) in zip(manifest.members, now.members)
    where begun.dataset.text != member.dataset.text {
      throw refuse("the dataset (\(member.dataset.file)) has changed")
    }
  }

  /// Writes summary.csv and crossovers.csv of the finished members.
  package func conclude(_ findings: SweepFindings) throws(UserError) {
    for file in findings.derivedFiles { try write(file.text, to: file.name) }
  }

  /// Atomic.
  package func write(_ text: String, to name: String) throws(UserError) {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"), options: .atomic)
    } catch { throw UserError(FileError(.write, "\(path)/\(name)", error)) }
  }

  package func removeIfEmpty() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    guard names == [SweepManifest.fileName] else { return }
    try? FileManager.default.removeItem(atPath: path)
  }
}
