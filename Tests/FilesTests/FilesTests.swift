// What a user reads when a file cannot be read or written.

import Files
import Foundation
import TestSupport
import Testing

@Suite struct FilesTests {
  private let scratch = Scratch()

  @Test(arguments: [
    (ENOENT, "No such file or directory; check the path"),
    (EACCES, "Permission denied; change the permissions of the file or of a folder above it"),
    (ENOTDIR, "Not a directory; a component of the path is a file, not a folder"),
    (EISDIR, "Is a directory; it is a folder; name a file"),
    (ENOSPC, "No space left on device; free some space, or write elsewhere"),
    (EDQUOT, "Disk quota exceeded; free some space within this user's disk quota"),
    (EFBIG, "File too large; raise the limit on the size of files (ulimit -f)"),
    (EROFS, "Read-only file system; the file system is mounted read-only"),
    (ENAMETOOLONG, "File name too long; choose a shorter name"),
    (ELOOP, "Too many levels of symbolic links; symbolic links in the path form a cycle"),
    (EMFILE, "Too many open files; too many files are open in this process; raise the limit"),
  ])
  func everyCauseHasItsWordsAndItsRemedy(code: Int32, words: String) {
    #expect("\(FileError(.read, "a/b", code: code))".hasPrefix("cannot read a/b: \(words)"))
  }

  /// Foundation has two ways to say most of them.
  @Test func whatFoundationThrowsKeepsItsCause() throws {
    let file = scratch.write("x", to: "file")
    for (path, code) in [
      ("\(file)/below", ENOTDIR), (scratch.path("no/such"), ENOENT), (scratch.path, EISDIR),
      ("/dev/full/x", ENOTDIR), (scratch.path(String(repeating: "n", count: 300)), ENAMETOOLONG),
    ] {
      #expect {
        try Data("x".utf8).write(to: URL(fileURLWithPath: path))
      } throws: { FileError(.write, path, $0).code == code }
    }
    for (code, number) in [
      (CocoaError.Code.fileWriteNoPermission, EACCES), (.fileWriteOutOfSpace, ENOSPC),
      (.fileWriteVolumeReadOnly, EROFS), (.fileNoSuchFile, ENOENT),
    ] {
      #expect(FileError(.write, "x", CocoaError(code)).code == number)
    }
  }

  @Test func aFileIsReadWholeOrItsCauseIsNamed() throws {
    let text = String(repeating: "größe\n", count: 50_000)
    #expect(try Files.text(of: scratch.write(text, to: "long")) == text)
    #expect(try Files.bytes(of: "/proc/self/stat").count > 100, "which says that it is empty")
    #expect(try Files.bytes(of: scratch.write("", to: "empty")).isEmpty)
    #expect(try Files.bytesIfThere(of: scratch.path("none")) == nil)
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("loop"), withDestinationPath: scratch.path("loop"))
    for (path, code) in [
      (scratch.path, EISDIR), (scratch.path("loop"), ELOOP), (scratch.path("none"), ENOENT),
      (scratch.path("empty/x"), ENOTDIR),
    ] {
      #expect(throws: FileError(.read, path, code: code)) { try Files.bytes(of: path) }
    }
  }

  @Test func aFolderIsMadeWithThoseAboveIt() throws {
    let folder = scratch.path("a/b/c")
    try Files.makeFolder(folder)
    try Files.makeFolder(folder)
    #expect(try Files.isFolder(folder))
    let file = scratch.write("x", to: "file")
    for (path, code) in [
      (file, EEXIST), ("\(file)/below/it", ENOTDIR), ("/proc/none/x", ENOENT),
      (scratch.path(String(repeating: "n", count: 300)), ENAMETOOLONG),
    ] {
      #expect(throws: FileError(.make, path, code: code)) { try Files.makeFolder(path) }
    }
  }
}
