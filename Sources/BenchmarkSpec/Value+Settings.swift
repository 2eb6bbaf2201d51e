// Settings of a benchmark's file.

import ExportPaths
import StrictYAML

extension Value {
  /// Settings by name.
  ///
  /// - Throws: ``DocumentError``, also for what exportbench sends itself.
  package func settings() throws(DocumentError) -> [String: String] {
    let settings = try texts()
    if let name = settings.keys.sorted().first(where: { !SettingsProfile.Setting.mayBeSet($0) }) {
      throw wrong("sets \(name), which exportbench sends itself; remove it")
    }
    return settings
  }
}
