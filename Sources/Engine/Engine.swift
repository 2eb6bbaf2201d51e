// Finds the ClickHouse program of an embedded engine: a `clickhouse` binary, or the wheel that
// scripts/setup installed.

import Foundation

package struct Engine: Sendable, Equatable {
  package enum Kind: String, Sendable {
    case binary
    /// The server inside a chdb wheel, in its own virtual environment.
    case wheel
    /// The engine inside a chdb wheel that exports no server, behind the bridge.
    case bridge
  }

  /// What a bridged engine lacks, for lists and reports.
  package static let bridgeLimits =
    "no clusters, users, grants or HTTPS; asynchronous inserts are executed at once"

  /// From results/reference/calibration/table.txt, which scripts/calibrate writes.
  package static let calibration =
    "behind the bridge, 25.8 took 1.001 of the peak memory of its server (median of 86 cells, 63 "
    + "within 5%), 1.000 of the rows read and 0.96 of the time"

  package let kind: Kind
  /// A path, or the wheel's version such as `25.8`.
  package let name: String
  /// The command and its first arguments; the server's arguments follow.
  package let command: [String]

  /// What a report has to say of the engine.
  package var notes: [String] {
    guard kind == .bridge else { return [] }
    let bridged =
      "engine \(name) is no server: it runs inside a Python process, behind the bridge of "
      + "exportbench; \(Self.calibration); asynchronous inserts are executed at once, "
      + "each as a part; docs/reference/versions.md has more"
    let isLogged = (try? Self.known())?.first { $0.version == name }?.writesQueryLog ?? true
    return [bridged]
      + (isLogged
        ? []
        : [
          "engine \(name) writes no query_log: peak memory comes from its debug log, rounded to "
            + "four digits or more, and is empty below 1 MiB; server CPU time is empty, and "
            + "spilled bytes are not counted"
        ])
  }

  package static let defaultVersion = "25.8"

  /// Finds an engine: `wanted` if given (a path, or an installed version), otherwise a `clickhouse`
  /// on the PATH, otherwise the default wheel.
  package static func find(
    _ wanted: String?, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(ServerError) -> Engine {
    if let wanted {
      if wanted.contains("/") { return try binary(wanted) }
      if let found = try wheel(wanted, environment) { return found }
      throw notInstalled(wanted, environment)
    }
    for folder in (environment["PATH"] ?? "").split(separator: ":") {
      let path = "\(folder)/clickhouse"
      if isProgram(path) { return try binary(path) }
    }
    if let found = try wheel(defaultVersion, environment) { return found }
    throw ServerError(
      "no ClickHouse found: no --url, no CLICKHOUSE_URL, no clickhouse on the PATH, and no "
        + "embedded engine; install the embedded one with ./scripts/setup")
  }

  private static func notInstalled(
    _ wanted: String, _ environment: [String: String]
  ) -> ServerError {
    let installed = installedVersions(environment)
    let known = (try? known().map(\.version)) ?? []
    return ServerError(
      "engine '\(wanted)' is not installed; "
        + (installed.isEmpty ? "" : "installed: \(installed.joined(separator: ", ")); ")
        + (known.contains(wanted)
          ? "install it with ./scripts/setup --engine \(wanted), in the project's folder"
          : "give a path to a clickhouse binary, or one of \(known.joined(separator: ", "))"))
  }

  /// The installed wheel versions, such as `["25.8"]`.
  package static func installedVersions(_ environment: [String: String]) -> [String] {
    let names = folders(environment).flatMap {
      (try? FileManager.default.contentsOfDirectory(atPath: $0)) ?? []
    }
    let versions = Set(names.filter { $0.first?.isNumber == true }).sorted()
    return versions.filter { (try? wheel($0, environment)) ?? nil != nil }
  }

  private static func binary(_ path: String) throws(ServerError) -> Engine {
    guard isProgram(path) else {
      throw ServerError("engine '\(path)' is not an executable file; give a clickhouse binary")
    }
    return Engine(kind: .binary, name: path, command: [path, "server"])
  }

  /// Folders are executable too.
  private static func isProgram(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && !isFolder.boolValue && FileManager.default.isExecutableFile(atPath: path)
  }

  static func wheel(
    _ version: String, _ environment: [String: String]
  ) throws(ServerError) -> Engine? {
    for folder in folders(environment) {
      let root = "\(folder)/\(version)"
      let python = "\(root)/bin/python3"
      guard FileManager.default.isExecutableFile(atPath: python) else { continue }
      let libraries = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/lib")) ?? []
      for library in libraries.sorted() {
        let package = "\(root)/lib/\(library)/site-packages/chdb"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: package)) ?? []
        guard let name = names.first(where: { $0.hasPrefix("_chdb.") && $0.hasSuffix(".so") })
        else { continue }
        let isBridged = try known().contains { $0.version == version && $0.isBridged }
        return Engine(
          kind: isBridged ? .bridge : .wheel, name: version,
          command: [python]
            + (isBridged ? ["-B", try resource("bridge")] : [try resource("wheel.py")])
            + ["\(package)/\(name)"])
      }
    }
    return nil
  }

  /// Folders that scripts/setup installs into: only `EXPORTBENCH_ENGINES` if set; otherwise
  /// `engine/` in the working folder and next to the package of the executable.
  package static func folders(_ environment: [String: String]) -> [String] {
    if let folder = environment["EXPORTBENCH_ENGINES"] { return [folder] }
    return projectFolders.map { "\($0)/engine" }
  }

  /// Where the project may be: the working folder, and folders above the executable.
  static var projectFolders: [String] {
    var found = [FileManager.default.currentDirectoryPath]
    var parent = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    for _ in 0..<6 {
      parent.deleteLastPathComponent()
      found.append(parent.path)
    }
    return found
  }

  /// The path of a resource of this module.
  static func resource(_ name: String) throws(ServerError) -> String {
    let path = Bundle.module.bundlePath + "/Engine/" + name
    guard FileManager.default.fileExists(atPath: path) else {
      throw ServerError("the file \(path) is missing; build exportbench again")
    }
    return path
  }
}
