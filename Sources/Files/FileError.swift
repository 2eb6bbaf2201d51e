// Why a file could not be read or written, as one sentence with a remedy: the only place that turns
// an errno, or an error of Foundation's, into words.

import Foundation

/// A failed operation on a file or a folder.
package struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What failed.
  package enum Action: String, Sendable {
    /// Reading a file or a folder.
    case read
    /// Creating or writing a file.
    case write
    /// Appending to a file.
    case append = "append to"
    /// Creating a folder.
    case make
    /// Removing a file or a folder.
    case remove
  }

  /// What failed.
  package let action: Action
  package let path: String
  /// The kernel's number, such as `EACCES`.
  package let code: Int32

  /// Makes an error of the calling thread's `errno`, unless another number is given.
  package init(_ action: Action, _ path: String, code: Int32 = errno) {
    (self.action, self.path, self.code) = (action, path, code)
  }

  /// Makes an error of one that Foundation threw.
  package init(_ action: Action, _ path: String, _ error: any Error) {
    self.init(action, path, code: Self.code(of: error))
  }

  /// Whether there is nothing at the path.
  package var isAbsence: Bool { code == ENOENT || code == ENOTDIR }

  /// Whether the fault is in what was to be read.
  package var isOfInput: Bool { action == .read }

  /// `cannot write a/b: No space left on device; make room, …`
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
      case .write, .append, .make: "make the folder that it is to be in, or check the path"
      }
    case EACCES, EPERM:
      "change the permissions of the file or of a folder above it, or use another user"
    case ENOTDIR: "a part of the path is a file and no folder; check the path"
    case EISDIR: "it is a folder; name a file"
    case ENOSPC: "make room, or write elsewhere"
    case EDQUOT: "make room within this user's disk quota, or write elsewhere"
    case EFBIG: "raise the limit on the size of files (ulimit -f), or write elsewhere"
    case EROFS: "the file system is mounted read-only; write elsewhere"
    case ENAMETOOLONG: "choose a shorter name"
    case ELOOP: "symbolic links in the path lead in a circle; name the file itself"
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
    // On Linux a cause that is a POSIXError is an Error and no NSError until it is made one.
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
