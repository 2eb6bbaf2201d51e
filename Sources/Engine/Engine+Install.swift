// Installing an engine that was asked for and is not there: the project's own scripts/setup does
// it, where the project is to be found.

import Foundation

extension Engine {
  /// Finds an engine as ``find(_:environment:)`` does; a known version that is not there is
  /// installed first, if the project is here or above the executable. What `scripts/setup` says
  /// goes to standard error.
  ///
  /// - Throws: ``ServerError`` where there is none and none could be had; `CancellationError`.
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

  /// Another project has a scripts/setup too, and none of our wheels.
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
              + "\(ChildProcess.describe(status: status)); see what it says above")
        }
        return
      }
      do { try await Task.sleep(for: .milliseconds(100)) } catch {
        // It leads a session of its own, so that pip ends with it.
        kill(-setup.pid, SIGTERM)
        setup.waitUntilEnded()
        throw error
      }
    }
  }
}
