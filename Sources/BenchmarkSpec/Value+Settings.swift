// Reads settings of a benchmark file.

import ExportPaths
import StrictYAML

extension Value {
  /// - Throws: ``DocumentError``, also for settings that exportbench sends itself.
  package func settings() throws(DocumentError) -> [String: String] {
    let settings = try texts()
    if let name = settings.keys.sorted().first(where: { !SettingsProfile.Setting.mayBeSet($0) }) {
      throw wrong("sets \(name), which exportbench sends itself; remove it")
    }
    return settings
  }
}
