// Installs a requested but missing engine with the project's scripts/setup, if the project is
// found.

import Foundation

extension Engine {
  /// Finds an engine like ``find(_:environment:)``; a known version that is missing is installed
  /// first, if the project is in the working folder or above the executable. The output of
  /// `scripts/setup` goes to standard error.
  ///
  /// - Throws: ``ServerError`` if no engine can be found or installed; `CancellationError`.
  package static func findOrInstall(
    _ wanted: String?, environment: [String: String] = ProcessInfo.processInfo.environment
  ) async throws -> Engine {
    try await findOrInstall(wanted, environment: environment, projects: projectFolders)
  }

  package static func findOrInstall(
    _ wanted: String?, environment: [String: String], projects: [String]
  ) async throws -> Engine {
    if let wanted, try known().contains(where: { $0.version == wanted }),
      try wheel(wanted, environment) == nil,
      let project = projects.first(where: { isProject($0, with: wanted) })
    {
      try await install(wanted, by: "\(project)/scripts/setup", environment)
    }
    return try find(wanted, environment: environment)
  }

  /// Other projects may have a scripts/setup too, but not the wheel lists.
  private static func isProject(_ folder: String, with version: String) -> Bool {
    FileManager.default.isExecutableFile(atPath: "\(folder)/scripts/setup")
      && FileManager.default.fileExists(
        atPath: "\(folder)/Sources/Engine/Engine/wheels/\(version).txt")
  }

  private static func install(
    _ version: String, by script: String, _ environment: [String: String]
  ) async throws {
    let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer { close(nothing) }
    let setup = try ChildProcess(
      command: [script, "--engine", version], environment: environment, input: nothing, output: 2,
      error: 2)
    while true {
      if let status = setup.ended() {
        guard status == 0 else {
          throw ServerError(
            "engine '\(version)' could not be installed: \(script) --engine \(version) ended with "
              + "\(ChildProcess.describe(status: status)); see its output above")
        }
        return
      }
      do { try await Task.sleep(for: .milliseconds(100)) } catch {
        // It leads its own session, so that pip ends with it.
        kill(-setup.pid, SIGTERM)
        setup.waitUntilEnded()
        throw error
      }
    }
  }
}
