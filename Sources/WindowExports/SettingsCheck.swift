// Checks before loading data that the server lets its user set the settings of a run's queries.

import ClickHouseClient
import ExportPaths
import Failures
import Workspace

package struct SettingsCheck {
  package let client: Client
  package let version: ServerVersion
  /// The benchmark's file, for errors.
  package let file: String
  /// Of the benchmark, by name.
  package let own: [String: String]

  package init(client: Client, version: ServerVersion, file: String, own: [String: String]) {
    self.client = client
    self.version = version
    self.file = file
    self.own = own
  }

  /// Checks the exports of some paths.
  ///
  /// - Throws: ``UserError`` with the refused setting and a remedy.
  package func check(_ paths: [ExportPath], under profile: SettingsProfile?) async throws {
    try await check(own, of: "")
    let remedy = "write the server's own value into 'settings' of the benchmark"
    for path in paths {
      try path.checkNeeds(on: version)
      let settings = path.measuredSettings(under: profile, on: version, own: [:])
      try await check(settings.filter { own[$0.key] == nil }, of: " of \(path.name)", remedy)
    }
  }

  /// Checks inserts with the settings of a leg, which override those of every insert.
  package func checkInserts(_ settings: [String: String] = [:]) async throws {
    let all = insertSettings(of: client.cluster).merging(settings) { $1 }
    try await check(all, of: " of inserts")
  }

  /// Checks that the server knows the settings of tables.
  package func check(_ tables: TableSettings) async throws {
    guard !tables.values.isEmpty else { return }
    let query = Query(
      "SELECT name FROM system.merge_tree_settings WHERE has({names: Array(String)}, name)",
      parameters: ["names": Parameter(tables.values.keys.sorted())])
    let known = try await client.values(query, as: String.self)
    guard let unknown = tables.values.keys.sorted().first(where: { !known.contains($0) }) else {
      return
    }
    throw UserError.input(
      "ClickHouse \(version) has no table setting \(unknown), which 'table_settings' of \(file) or "
        + "--table-setting names; see system.merge_tree_settings")
  }

  private func check(
    _ settings: [String: String], of owner: String, _ remedy: String? = nil
  ) async throws {
    do {
      try await client.execute(Query("SELECT 1", settings: settings))
    } catch let error as ClickHouseError {
      guard let exception = error.serverException, exception.name != "READONLY",
        exception.mayBeOfSettings
      else { throw error }
      if let refusal = SettingRefusal(exception, of: settings, remedy) {
        throw UserError.input("\(file): \(refusal)")
      }
      let remedy = exception.cause?.remedy ?? "leave the setting out, or change its value"
      throw UserError.input(
        "\(file): the server refuses the settings\(owner): "
          + "\(exception.cause?.finding ?? exception.words); \(remedy)")
    }
  }
}

/// A value that a constraint of the user's settings profile forbids. The description is a sentence.
struct SettingRefusal: CustomStringConvertible {
  let description: String

  /// Nil if the exception has another cause.
  ///
  /// - Parameters:
  ///   - settings: those that were sent, by name.
  ///   - remedy: an alternative to changing the constraint, if known.
  init?(_ exception: ServerException, of settings: [String: String], _ remedy: String? = nil) {
    guard exception.name == "SETTING_CONSTRAINT_VIOLATION" else { return nil }
    let words = Set(exception.message.split { !($0.isLetter || $0.isNumber || $0 == "_") })
    guard let name = settings.keys.sorted().first(where: { words.contains($0[...]) }),
      let value = settings[name]
    else { return nil }
    let why =
      switch name {
      case UntrackedMemory.setting: ", without which small amounts of memory are not counted"
      case _ where ServerDefect.known.contains { $0.workaround[name] == value }:
        ", without which readers miss rows of a file that this version writes"
      default: ""
      }
    description =
      "a constraint of the user's settings profile forbids \(name) = \(value)\(why); change the "
      + "constraint, or give another user"
      + (name == UntrackedMemory.setting ? remedy.map { ", or \($0)" } ?? "" : "")
  }
}
