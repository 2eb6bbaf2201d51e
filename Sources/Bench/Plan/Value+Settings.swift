// Settings of a benchmark's file.

import StrictYAML
import ExportPaths

extension Value {
  /// Settings by name.
  ///
  /// - Throws: ``DocumentError``, also for what exportbench sends itself.
  func settings() throws(DocumentError) -> [String: String] {
    let settings = try texts()
    if let name = settings.keys.sorted().first(where: { !SettingsProfile.Setting.mayBeSet($0) }) {
      throw wrong("sets \(name), which exportbench sends itself; remove it")
    }
    return settings
  }
}
