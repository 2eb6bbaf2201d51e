// Finds temporary folders of embedded servers whose supervisor was killed before it could remove
// them.

import Failures
import Files
import Foundation

package enum OrphanedFolders {
  /// Folders in the temporary folder whose processes have ended, sorted.
  package static func find(in folder: String = NSTemporaryDirectory()) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().filter { name in
      guard let owner = owner(of: name), kill(owner, 0) != 0, errno == ESRCH else { return false }
      let path = "\(folder)/\(name)"
      // Created by exportbench, of a server, and unused.
      var status = stat()
      return lstat(path, &status) == 0 && status.st_uid == getuid()
        && status.st_mode & S_IFMT == S_IFDIR && access("\(path)/output.txt", F_OK) == 0
        && !isInUse(path)
    }.map { folder.hasSuffix("/") ? folder + $0 : "\(folder)/\($0)" }
  }

  /// Ignores a folder that no longer exists.
  package static func remove(_ folder: String) throws(UserError) {
    do { try FileManager.default.removeItem(atPath: folder) } catch {
      guard FileManager.default.fileExists(atPath: folder) else { return }
      throw UserError(FileError(.remove, folder, error))
    }
  }

  /// The process id in a name: `exportbench-doctor-4711`.
  package static func owner(of name: String) -> pid_t? {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "exportbench",
      ["doctor", "verify", "engine"].contains(parts[1]), let pid = pid_t(parts[2]), pid > 0
    else { return nil }
    return pid
  }

  /// Whether a process has the folder in its environment or arguments: the server or its
  /// supervisor, which may briefly outlive their owner.
  private static func isInUse(_ path: String) -> Bool {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    let wanted = Data(path.utf8)
    return processes.contains { process in
      Int(process) != nil
        && ["cmdline", "environ"].contains { file in
          FileManager.default.contents(atPath: "/proc/\(process)/\(file)")?.range(of: wanted) != nil
        }
    }
  }
}
