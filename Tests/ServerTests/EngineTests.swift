// Which engine is found, in which order, and what is said when there is none. Starts no server.

import Foundation
import Server
import TestSupport
import Testing

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
        == "engine '22.3' is not installed; give a path to a clickhouse binary, or install the "
        + "default with ./scripts/setup")
    install("25.8")
    install("24.8")
    #expect(
      sentence("22.3")
        == "engine '22.3' is not installed; installed: 24.8, 25.8; give a path to a clickhouse "
        + "binary, or install the default with ./scripts/setup")
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
