// Which settings an export runs with: a profile's, then the path's own, each if the server knows it.

import ClickHouse
import Exports

extension SettingsProfile.Setting {
  /// Whether a server knows it.
  func isKnown(to version: ServerVersion) -> Bool {
    guard let first = since.flatMap({ ServerVersion(parsing: $0) }) else { return true }
    return version >= first
  }
}

extension ExportPath {
  /// The settings of an export, but for those that a benchmark lays over them.
  ///
  /// - Parameters:
  ///   - profile: the benchmark's, which counts where the path has none of its own.
  ///   - version: the server's. What it does not know yet is left out.
  /// - Returns: values by name.
  func settings(under profile: SettingsProfile?, on version: ServerVersion) -> [String: String] {
    applied(under: profile).filter { $0.isKnown(to: version) }
      .reduce(into: [:]) { $0[$1.name] = $1.value }
  }

  /// Which settings a server is too old for, by name.
  func unknownSettings(under profile: SettingsProfile?, on version: ServerVersion) -> [String] {
    applied(under: profile).filter { !$0.isKnown(to: version) }.map(\.name)
  }

  /// Profile and statements as one text, which a client would take as it is.
  public func script(under profile: SettingsProfile?) -> String {
    let lines = (self.profile ?? profile)?.settings.map(\.statement) ?? []
    return (lines + [text]).joined(separator: "\n")
  }

  private func applied(under profile: SettingsProfile?) -> [SettingsProfile.Setting] {
    ((self.profile ?? profile)?.settings ?? []) + settings
  }
}
