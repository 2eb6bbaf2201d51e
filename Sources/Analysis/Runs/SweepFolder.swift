// The folder of a sweep: sweep.json, a folder for each of its runs, and what they say together.

import CSVRecords
import Failures
import Files
import Foundation
import RunStore

/// `results/SWEEP/`: made new, or gone on with. One process at a time has it.
package final class SweepFolder {
  package let path: String
  package let manifest: SweepManifest
  private let lock: Int32

  package var name: String { URL(fileURLWithPath: path).lastPathComponent }

  /// Whether a folder is a sweep's.
  package static func isThere(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(path)/\(SweepManifest.fileName)")
  }

  /// What the runs of a sweep's folder say; nil if it is none.
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

  /// The members of a sweep that have begun, by name, with their folders.
  package static func members(of path: String) throws -> [(name: String, path: String)] {
    let all = try manifest(in: path).members.map { (name: $0.name, path: "\(path)/\($0.name)") }
    let begun = all.map { FileManager.default.fileExists(atPath: "\($0.path)/manifest.json") }
    // One run begins after another, so one that is missing before another was there.
    guard let missing = begun.firstIndex(of: false) else { return all }
    guard !begun[missing...].contains(true) else {
      throw UserError(
        .input,
        "\(path) is damaged: the run \(all[missing].name) is missing; restore it from a copy, or "
          + "measure it with: exportbench run --resume \(path)")
    }
    return Array(all.prefix(missing))
  }

  /// Makes the folder, which must not exist; with `orNext`, `path-2` and so on will do as well.
  package init(
    creating path: String, orNext: Bool = false, _ manifest: SweepManifest
  ) throws {
    self.path = URL(fileURLWithPath: try RunFolder.make(path, orNext: orNext)).path
    self.manifest = manifest
    lock = try RunFolder.lock(self.path)
    try write(try manifest.json(), to: SweepManifest.fileName)
  }

  /// Goes on with what a sweep left behind.
  package init(resuming path: String) throws {
    self.path = URL(fileURLWithPath: path).path
    lock = try RunFolder.lock(self.path)
    manifest = try Self.manifest(in: self.path)
  }

  deinit { close(lock) }

  /// The folder of a member: gone on with if the member has begun, or else new.
  package func run(_ member: String) throws -> RunFolder {
    let place = "\(path)/\(member)"
    if FileManager.default.fileExists(atPath: "\(place)/manifest.json") {
      return try RunFolder(resuming: place)
    }
    // One in which nothing was begun.
    try? FileManager.default.removeItem(atPath: place)
    return try RunFolder(creating: place, inSweep: name)
  }

  /// Whether a member has measured all that it was asked.
  package func isComplete(_ member: String) -> Bool {
    let file = "\(path)/\(member)/manifest.json"
    guard let bytes = FileManager.default.contents(atPath: file) else { return false }
    return (try? Manifest(json: Array(bytes), file: file))?.complete == true
  }

  /// Refuses to go on with something else than what the sweep began with.
  package func refuseDifferences(from now: SweepManifest) throws(UserError) {
    func refuse(_ what: String) -> UserError {
      UserError(
        .input,
        "\(path) cannot be resumed, because \(what) since it began; change it back, or begin a "
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

  /// Writes summary.csv and crossovers.csv of the members that are done.
  package func conclude(_ findings: SweepFindings) throws(UserError) {
    for file in findings.derivedFiles { try write(file.text, to: file.name) }
  }

  /// Writes a whole file: complete under its name, or not there.
  package func write(_ text: String, to name: String) throws(UserError) {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"), options: .atomic)
    } catch { throw UserError(FileError(.write, "\(path)/\(name)", error)) }
  }

  /// Removes the folder of a sweep that ended before any run had measured anything.
  package func removeIfEmpty() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    guard names == [SweepManifest.fileName] else { return }
    try? FileManager.default.removeItem(atPath: path)
  }
}
