// The folder of a run: the only place where the suite writes.
//
// A row is appended and on disk before the next attempt begins; a whole file appears at once or not
// at all. So whatever ends the process, what was measured is there.

import Foundation
import Results

/// `results/RUN/`, made new.
public final class RunFolder {
  /// Its path.
  public let path: String
  /// What has been recorded in it.
  public private(set) var records = Records()
  private var files: [String: Int32] = [:]

  /// Makes the folder, which must not exist.
  public init(creating path: String) throws(BenchError) {
    self.path = URL(fileURLWithPath: path).path
    guard !FileManager.default.fileExists(atPath: path) else {
      throw BenchError(
        .output, "the output folder \(path) exists already; choose another --output or remove it")
    }
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw BenchError(
        .output, "cannot make the output folder \(path): \(reason(of: error))")
    }
  }

  deinit { files.values.forEach { close($0) } }

  /// Appends a record to its file, which gets a header first, and waits until it is on disk.
  public func append<Record: Filed>(_ record: Record) throws(BenchError) {
    let name = Record.fileName
    var text = CSV.line(record)
    if files[name] == nil {
      let descriptor = open(
        "\(path)/\(name)", O_WRONLY | O_CREAT | O_APPEND | O_EXCL | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw failure(name) }
      files[name] = descriptor
      text = CSV.header(Record.self) + text
    }
    guard let descriptor = files[name] else { return }
    let end = lseek(descriptor, 0, SEEK_END)
    do throws(BenchError) {
      try write(Array(text.utf8), to: descriptor, name)
      guard fdatasync(descriptor) == 0 else { throw failure(name) }
    } catch {
      // Half a row is worse than none.
      ftruncate(descriptor, end)
      throw error
    }
    records[keyPath: Record.list].append(record)
  }

  /// Writes a whole file: complete under its name, or not there.
  public func write(_ text: String, to name: String) throws(BenchError) {
    let draft = "\(path)/.\(name).draft"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure(name) }
    do throws(BenchError) {
      defer { close(descriptor) }
      try write(Array(text.utf8), to: descriptor, name)
      guard fsync(descriptor) == 0 else { throw failure(name) }
    } catch {
      unlink(draft)
      throw error
    }
    guard rename(draft, "\(path)/\(name)") == 0 else { throw failure(name) }
  }

  /// Removes the folder: for a run that ended before it had measured anything.
  public func remove() {
    try? FileManager.default.removeItem(atPath: path)
  }

  private func write(_ bytes: [UInt8], to descriptor: Int32, _ name: String) throws(BenchError) {
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

  private func failure(_ name: String) -> BenchError {
    let reason = String(cString: strerror(errno))
    let remedy = errno == ENOSPC ? "; make room, or choose another disk with --output" : ""
    return BenchError(.output, "cannot write \(path)/\(name): \(reason)\(remedy)")
  }
}
