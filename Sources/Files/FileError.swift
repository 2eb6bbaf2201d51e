// Errors of file operations: turns an errno or a Foundation error into a sentence with a remedy.

import Foundation

package struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Action: String, Sendable {
    case read
    case write
    case append = "append to"
    case make
    case remove
  }

  package let action: Action
  package let path: String
  /// The errno, such as `EACCES`.
  package let code: Int32

  /// Uses the calling thread's `errno` unless another number is given.
  package init(_ action: Action, _ path: String, code: Int32 = errno) {
    (self.action, self.path, self.code) = (action, path, code)
  }

  package init(_ action: Action, _ path: String, _ error: any Error) {
    self.init(action, path, code: Self.code(of: error))
  }

  /// Whether nothing exists at the path.
  package var isAbsence: Bool { code == ENOENT || code == ENOTDIR }

  package var isOfInput: Bool { action == .read }

  /// `cannot write a/b: No space left on device; free some space, …`
  package var description: String { "cannot \(action.rawValue) \(path): \(reason)" }

  /// Cause and remedy, without the path.
  package var reason: String {
    let cause = String(cString: strerror(code))
    return remedy.map { "\(cause); \($0)" } ?? cause
  }

  private var remedy: String? {
    switch code {
    case ENOENT:
      switch action {
      case .read, .remove: "check the path"
      case .write, .append, .make: "create its parent folder, or check the path"
      }
    case EACCES, EPERM:
      "change the permissions of the file or of a folder above it, or use another user"
    case ENOTDIR: "a component of the path is a file, not a folder; check the path"
    case EISDIR: "it is a folder; name a file"
    case ENOSPC: "free some space, or write elsewhere"
    case EDQUOT: "free some space within this user's disk quota, or write elsewhere"
    case EFBIG: "raise the limit on the size of files (ulimit -f), or write elsewhere"
    case EROFS: "the file system is mounted read-only; write elsewhere"
    case ENAMETOOLONG: "choose a shorter name"
    case ELOOP: "symbolic links in the path form a cycle; name the file itself"
    case EMFILE: "too many files are open in this process; raise the limit (ulimit -n)"
    case ENFILE: "too many files are open on this machine; close some"
    case EEXIST: "choose another name, or remove it"
    case EIO: "the disk or the connection to it fails; see the kernel's log"
    case EPIPE: "its reader has closed it"
    default: nil
    }
  }

  private static func code(of error: any Error) -> Int32 {
    var error = error as NSError
    // On Linux a POSIXError becomes an NSError only by a cast.
    while error.domain != NSPOSIXErrorDomain,
      let cause = error.userInfo[NSUnderlyingErrorKey] as? any Error
    {
      error = cause as NSError
    }
    if error.domain == NSPOSIXErrorDomain { return Int32(error.code) }
    switch CocoaError.Code(rawValue: error.code) {
    case .fileNoSuchFile, .fileReadNoSuchFile: return ENOENT
    case .fileReadNoPermission, .fileWriteNoPermission: return EACCES
    case .fileReadInvalidFileName, .fileWriteInvalidFileName: return ENAMETOOLONG
    case .fileReadTooLarge: return EFBIG
    case .fileWriteOutOfSpace: return ENOSPC
    case .fileWriteVolumeReadOnly: return EROFS
    case .fileWriteFileExists: return EEXIST
    default: return EIO
    }
  }
}
