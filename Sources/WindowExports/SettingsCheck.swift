// Whether a server lets its user set what a run's queries are sent with, before minutes of loading.

import ClickHouseClient
import ExportPaths
import Failures
import Workspace

/// Asks a server whether it takes the settings of a run or a load.
package struct SettingsCheck {
  package let client: Client
  package let version: ServerVersion
  /// The benchmark's file, for sentences.
  package let file: String
  /// The settings of the benchmark, by name.
  package let own: [String: String]

  package init(client: Client, version: ServerVersion, file: String, own: [String: String]) {
    self.client = client
    self.version = version
    self.file = file
    self.own = own
  }

  /// Asks for the exports of some paths.
  ///
  /// - Throws: ``UserError`` that names what the server refuses, and what to do.
  package func check(_ paths: [ExportPath], under profile: SettingsProfile?) async throws {
    try await check(own, of: "")
    let remedy = "write the server's own value into 'settings' of the benchmark"
    for path in paths {
      try path.checkNeeds(on: version)
      let settings = path.measuredSettings(under: profile, on: version, own: [:])
      try await check(settings.filter { own[$0.key] == nil }, of: " of \(path.name)", remedy)
    }
  }

  /// Asks for inserts.
  ///
  /// - Parameter settings: those of a leg, by name, over those of every insert.
  /// - Throws: as above.
  package func checkInserts(_ settings: [String: String] = [:]) async throws {
    let all = insertSettings(of: client.cluster).merging(settings) { $1 }
    try await check(all, of: " of inserts")
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
        throw UserError(.input, "\(file): \(refusal)")
      }
      let remedy = exception.cause?.remedy ?? "leave the setting out, or change its value"
      throw UserError(
        .input,
        "\(file): the server refuses the settings\(owner): "
          + "\(exception.cause?.finding ?? exception.words); \(remedy)")
    }
  }
}

/// A value that a constraint of the user's settings profile forbids; the description is a sentence.
struct SettingRefusal: CustomStringConvertible {
  package let description: String

  /// Nil where the exception is about something else.
  ///
  /// - Parameters:
  ///   - exception: what the server said.
  ///   - settings: what it was sent, by name.
  ///   - remedy: what can be done besides changing the constraint, where that is known.
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
