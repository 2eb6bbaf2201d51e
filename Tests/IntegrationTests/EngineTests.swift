// Which engine is found, in which order, and what is said when there is none. Starts no server.

import Foundation
import TestSupport
import Testing
@testable import Engine

@Suite struct EngineTests {
  private let scratch = Scratch()

  /// A folder that looks like an installed wheel.
  private func install(_ version: String) {
    let root = "engines/\(version)"
    scratch.write("", to: "\(root)/bin/python3", executable: true)
    scratch.write("", to: "\(root)/lib/python3.11/site-packages/chdb/_chdb.abi3.so")
  }

  private var environment: [String: String] {
    ["PATH": "/nonexistent:\(scratch.path("bin"))", "EXPORTBENCH_ENGINES": scratch.path("engines")]
  }

  private func sentence(_ wanted: String?) -> String {
    do {
      _ = try Engine.find(wanted, environment: environment)
      return "no error"
    } catch { return error.description }
  }

  @Test func whatIsAskedForComesBeforeThePathAndThePathBeforeTheWheel() throws {
    install("25.8")
    install("24.8")
    #expect(try Engine.find(nil, environment: environment).name == "25.8")
    let onPath = scratch.write("", to: "bin/clickhouse", executable: true)
    let found = try Engine.find(nil, environment: environment)
    #expect(found.kind == .binary && found.name == onPath)
    let wheel = try Engine.find("24.8", environment: environment)
    #expect(wheel.kind == .wheel && wheel.name == "24.8")
    let mine = scratch.write("", to: "mine/clickhouse", executable: true)
    #expect(try Engine.find(mine, environment: environment).name == mine)
    #expect(Engine.installedVersions(environment) == ["24.8", "25.8"])
  }

  @Test func aFileThatCannotRunIsNoEngine() {
    let file = scratch.write("", to: "bin/clickhouse")
    #expect(
      sentence(file) == "engine '\(file)' is not an executable file; give a clickhouse binary")
    #expect(sentence("/nowhere/x").hasPrefix("engine '/nowhere/x' is not an executable file"))
    #expect(sentence(nil).hasPrefix("no ClickHouse found"), "nor is it one on the PATH")
  }

  @Test func aFolderIsNoEngine() {
    #expect(sentence(scratch.path).contains("is not an executable file"))
    scratch.write("", to: "bin/clickhouse/readme")
    #expect(sentence(nil).hasPrefix("no ClickHouse found"))
  }

  @Test func aVersionThatIsNotInstalledIsToldWithThoseThatAre() {
    #expect(
      sentence("22.3")
        == "engine '22.3' is not installed; give a path to a clickhouse binary, or one of 24.8, "
        + "25.5, 25.8, 25.8-bridge, 26.3, 26.7, 26.9")
    install("25.8")
    install("25.5")
    #expect(
      sentence("24.8")
        == "engine '24.8' is not installed; installed: 25.5, 25.8; install it with "
        + "./scripts/setup --engine 24.8, in the project's folder")
  }

  @Test func whatIsPinnedIsKnownByItsExactVersion() throws {
    let known = try Engine.known()
    #expect(
      known.map(\.version) == ["24.8", "25.5", "25.8", "25.8-bridge", "26.3", "26.7", "26.9"])
    #expect(
      known.allSatisfy { $0.clickHouse.hasPrefix($0.version.prefix { $0 != "-" } + ".") })
    #expect(known.map(\.isBridged) == [false, false, false, true, true, true, true])
    #expect(known.contains { $0.version == Engine.defaultVersion })
    // The one wheel that is made for one Python.
    #expect(known.compactMap(\.python) == ["3.11"])
    #expect(known.filter { !$0.writesQueryLog }.map(\.version) == ["25.8-bridge", "26.3", "26.7"])
  }

  @Test func theNoteOnBridgedEnginesSaysWhatCalibrationFound() {
    let table = textOfFile("\(packageFolder)/results/reference/calibration/table.txt")
    #expect(table?.contains(Engine.calibration) == true)
  }

  @Test func aKnownVersionIsInstalledWhenItIsAskedFor() async throws {
    // A project whose setup only says what it was asked.
    scratch.write("", to: "Sources/Engine/Engine/wheels/24.8.txt")
    scratch.write(
      """
      #!/bin/sh
      PATH=/usr/bin:/bin
      echo "$@" > \(scratch.path("asked"))
      mkdir -p "$EXPORTBENCH_ENGINES/24.8/bin" \\
        "$EXPORTBENCH_ENGINES/24.8/lib/python3.11/site-packages/chdb"
      touch "$EXPORTBENCH_ENGINES/24.8/lib/python3.11/site-packages/chdb/_chdb.abi3.so"
      cp /bin/true "$EXPORTBENCH_ENGINES/24.8/bin/python3"
      """, to: "scripts/setup", executable: true)
    for _ in 1...2 {
      let engine = try await Engine.findOrInstall(
        "24.8", environment: environment, projects: [scratch.path])
      #expect(engine.name == "24.8" && engine.kind == .wheel)
      #expect(textOfFile(scratch.path("asked")) == "--engine 24.8\n")
      scratch.write("--engine 24.8\n", to: "asked")
      try? FileManager.default.removeItem(atPath: scratch.path("scripts"))
    }
  }

  @Test func aSetupThatFailsIsTold() async throws {
    scratch.write("", to: "Sources/Engine/Engine/wheels/24.8.txt")
    scratch.write("#!/bin/sh\nexit 69\n", to: "scripts/setup", executable: true)
    do {
      _ = try await Engine.findOrInstall(
        "24.8", environment: environment, projects: [scratch.path])
      Issue.record("it found one")
    } catch let error as ServerError {
      #expect(
        error.description
          == "engine '24.8' could not be installed: \(scratch.path)/scripts/setup --engine 24.8 "
          + "ended with exit code 69; see its output above")
    }
  }

  @Test func halfAWheelIsNoEngine() {
    scratch.write("", to: "engines/25.8/bin/python3", executable: true)
    #expect(sentence("25.8").hasPrefix("engine '25.8' is not installed"))
  }

  @Test func nothingAtAllIsToldWithTheRemedy() {
    #expect(
      sentence(nil)
        == "no ClickHouse found: no --url, no CLICKHOUSE_URL, no clickhouse on the PATH, and no "
        + "embedded engine; install the embedded one with ./scripts/setup")
  }
}
