// Folder of a run, the only place where the suite writes.
//
// A row is on disk before the next attempt starts, and whole files are written atomically. Whatever
// ends the process, the measurements so far are kept and a later process can resume.

import CSVRecords
import Failures
import Files
import Foundation

/// New or resumed; locked by one process.
package final class RunFolder {
  package let path: String
  /// Folder name, prefixed by the sweep's.
  package let name: String
  package private(set) var records = Records()
  /// Nil for a new run.
  package let resumed: Manifest?
  private var files: [String: Int32] = [:]
  private let lock: Int32

  /// - Parameters:
  ///   - path: must not exist.
  ///   - sweep: name of the sweep of the run.
  ///   - orNext: allow `path-2`, `path-3` and so on instead.
  /// - Throws: ``UserError`` if the folder exists or cannot be created.
  package init(
    creating path: String, inSweep sweep: String? = nil, orNext: Bool = false
  ) throws(UserError) {
    let url = URL(fileURLWithPath: try Self.make(path, orNext: orNext))
    self.path = url.path
    name = (sweep.map { "\($0)/" } ?? "") + url.lastPathComponent
    resumed = nil
    lock = try Self.lock(self.path)
  }

  /// Creates an output folder atomically: of two processes only one succeeds.
  ///
  /// - Returns: `path`, or the next free name with `orNext`.
  package static func make(_ path: String, orNext: Bool = false) throws(UserError) -> String {
    var stem = path
    while stem.count > 1, stem.hasSuffix("/") { stem.removeLast() }
    do {
      try Files.makeFolder(URL(fileURLWithPath: stem).deletingLastPathComponent().path)
    } catch {
      // A parent that is not a folder.
      let cause = error.code == EEXIST ? FileError(.make, stem, code: ENOTDIR) : error
      throw UserError.output("cannot create the output folder \(path): \(cause.reason)")
    }
    for number in 1...10_000 {
      let next = number == 1 ? stem : "\(stem)-\(number)"
      if mkdir(next, 0o777) == 0 { return next }
      guard errno == EEXIST else {
        throw UserError.output(
          "cannot create the output folder \(path): \(FileError(.make, next).reason)")
      }
      if !orNext { break }
    }
    throw UserError.output("the output folder \(path) exists; choose another --output or remove it")
  }

  /// Resumes a run: reads the records of the given sets, and cuts off a line that a crash tore.
  package init(resuming path: String, _ sets: [any RecordSet.Type]) throws(UserError) {
    let url = URL(fileURLWithPath: path)
    self.path = url.path
    name = url.lastPathComponent
    let file = "\(self.path)/manifest.json"
    do {
      guard try Files.isFolder(path), try Files.bytesIfThere(of: file) != nil else {
        throw UserError.input(
          "\(path) has no manifest.json, so there is no run to resume; start a new one")
      }
    } catch let error as UserError { throw error } catch {
      throw UserError.input("\(error)")
    }
    lock = try Self.lock(self.path)
    do {
      let manifest = try Manifest(
        json: Array(FileManager.default.contents(atPath: file) ?? Data()), file: file)
      resumed = manifest
      guard manifest.complete || manifest.schemaVersion == Manifest.currentSchemaVersion else {
        throw UserError.input(
          "\(file) has schema version \(manifest.schemaVersion), and this version writes "
            + "\(Manifest.currentSchemaVersion); resume the run with the version that started it")
      }
      for kind in sets.flatMap({ $0.kinds }) { try reopen(kind, of: manifest) }
      try records.check(against: manifest, sets, in: self.path)
    } catch let error as UserError { throw error } catch { throw UserError.input("\(error)") }
  }

  deinit {
    files.values.forEach { close($0) }
    close(lock)
  }

  package static func lock(_ path: String) throws(UserError) -> Int32 {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw UserError(FileError(.read, path)) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let failure = FileError(.write, path)
      close(descriptor)
      guard failure.code == EWOULDBLOCK else { throw UserError(failure) }
      throw UserError.output(
        "\(path) is in use by another exportbench process; wait until it has finished")
    }
    return descriptor
  }

  private func reopen<Record: Filed>(
    _ kind: Record.Type, of manifest: Manifest
  ) throws(UserError) {
    let isComplete = manifest.complete
    let name = "\(path)/\(kind.fileName(inSchema: manifest.schemaVersion))"
    let parsed: CSV.Parsed<Record>
    do {
      guard let bytes = try Files.bytesIfThere(of: name) else { return }
      parsed = try CSV.parse(
        kind, bytes, file: name, lastLine: isComplete ? .breakRequired : .tornIfUnbroken)
    } catch { throw UserError.input("\(error)") }
    // Nothing is appended to a run that has ended.
    guard !isComplete else { return records[kind] = parsed.records }
    guard parsed.intactByteCount > 0 else {
      unlink(name)
      return
    }
    guard parsed.headerIsCurrent else {
      throw UserError.input(
        "\(name) has other columns than this version writes; resume it with the version that "
          + "started it")
    }
    let descriptor = open(name, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0, ftruncate(descriptor, off_t(parsed.intactByteCount)) == 0 else {
      throw failure(kind.fileName)
    }
    files[kind.fileName] = descriptor
    records[kind] = parsed.records
  }

  /// Returns when the record, and a header if needed, is on disk.
  package func append<Record: Filed>(_ record: Record) throws(UserError) {
    try append([record])
  }

  /// Syncs once for all records.
  package func append<Record: Filed>(_ new: [Record]) throws(UserError) {
    guard !new.isEmpty else { return }
    let name = Record.fileName
    var text = new.map(CSV.line).joined()
    if files[name] == nil {
      let descriptor = open(
        "\(path)/\(name)", O_WRONLY | O_CREAT | O_APPEND | O_EXCL | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw failure(name) }
      files[name] = descriptor
      text = CSV.header(Record.self) + text
    }
    guard let descriptor = files[name] else { return }
    let end = lseek(descriptor, 0, SEEK_END)
    do throws(UserError) {
      try write(Array(text.utf8), to: descriptor, name)
      guard fdatasync(descriptor) == 0 else { throw failure(name) }
    } catch {
      // Removes a partial row.
      ftruncate(descriptor, end)
      throw error
    }
    records[Record.self] += new
  }

  /// Atomic.
  package func write(_ text: String, to name: String) throws(UserError) {
    let draft = "\(path)/.\(name).draft"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure(name) }
    do throws(UserError) {
      defer { close(descriptor) }
      try write(Array(text.utf8), to: descriptor, name)
      guard fsync(descriptor) == 0 else { throw failure(name) }
    } catch {
      unlink(draft)
      throw error
    }
    guard rename(draft, "\(path)/\(name)") == 0 else { throw failure(name) }
  }

  /// Removes a folder that an earlier process left, before its part of the run is repeated.
  package func clear(_ name: String) async throws {
    // The supervisor of a killed driver may still be removing it.
    for _ in 0..<100 where FileManager.default.fileExists(atPath: "\(path)/\(name)") {
      try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  /// For a run without any measurement.
  package func remove() {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Removes the folder if the run ends without any measurement.
  package func removalIfEmpty() -> PendingCleanup {
    PendingCleanup { [path] in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
      guard !names.contains(where: { $0.hasSuffix(".csv") }) else { return }
      try? FileManager.default.removeItem(atPath: path)
    }
  }

  private func write(_ bytes: [UInt8], to descriptor: Int32, _ name: String) throws(UserError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure(name) }
      done += count
    }
  }

  private func failure(_ name: String) -> UserError {
    UserError(FileError(.write, "\(path)/\(name)"))
  }
}
