// Reading whole files and creating folders.

import Foundation

package enum Files {
  /// The bytes of a file. A pipe or device is read to its end.
  package static func bytes(of path: String) throws(FileError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(.read, path) }
    defer { close(descriptor) }
    var facts = stat()
    let size = fstat(descriptor, &facts) == 0 ? max(0, Int(facts.st_size)) : 0
    var bytes = [UInt8](repeating: 0, count: size + 1)
    var done = 0
    while true {
      let count = bytes.withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FileError(.read, path) }
      guard count > 0 else { break }
      done += count
      if done == bytes.count {
        bytes.append(contentsOf: repeatElement(0, count: max(65_536, done)))
      }
    }
    bytes.removeSubrange(done...)
    return bytes
  }

  /// The bytes of a file; nil if it does not exist.
  package static func bytesIfThere(of path: String) throws(FileError) -> [UInt8]? {
    do { return try bytes(of: path) } catch {
      guard error.isAbsence else { throw error }
      return nil
    }
  }

  /// The text of a file; nil if it is not UTF-8.
  package static func text(of path: String) throws(FileError) -> String? {
    String(validating: try bytes(of: path), as: UTF8.self)
  }

  /// - Throws: ``FileError`` if the path does not exist or cannot be inspected.
  package static func isFolder(_ path: String) throws(FileError) -> Bool {
    var facts = stat()
    guard stat(path, &facts) == 0 else { throw FileError(.read, path) }
    return facts.st_mode & S_IFMT == S_IFDIR
  }

  /// The names in a folder, sorted.
  package static func names(in folder: String) throws(FileError) -> [String] {
    do { return try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } catch {
      guard let handle = opendir(folder) else { throw FileError(.read, folder) }
      closedir(handle)
      throw FileError(.read, folder, error)
    }
  }

  /// Creates a folder and its missing parents. An existing folder is no error.
  package static func makeFolder(_ path: String) throws(FileError) {
    if mkdir(path, 0o777) == 0 { return }
    switch errno {
    case EEXIST:
      guard try isFolder(path) else { throw FileError(.make, path, code: EEXIST) }
    case ENOENT:
      let above = (path as NSString).deletingLastPathComponent
      guard !above.isEmpty, above != path else { throw FileError(.make, path, code: ENOENT) }
      do { try makeFolder(above) } catch { throw FileError(.make, path, code: error.code) }
      guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw FileError(.make, path) }
    default: throw FileError(.make, path)
    }
  }
}
