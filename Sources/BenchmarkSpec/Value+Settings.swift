// Reads settings of a benchmark file.

import ExportPaths
import StrictYAML
import Units

extension Value {
  /// - Throws: ``DocumentError``, also for settings that exportbench sends itself.
  package func settings() throws(DocumentError) -> [String: String] {
    let settings = try texts()
    if let name = settings.keys.sorted().first(where: { !SettingsProfile.Setting.mayBeSet($0) }) {
      throw wrong("sets \(name), which exportbench sends itself; remove it")
    }
    return settings
  }

  /// Storage settings of tables: numbers or sizes, each alone or in a list.
  func tableSettings() throws(DocumentError) -> [String: [Int]] {
    func number(_ value: Value) throws(DocumentError) -> Int {
      try value.bytes(in: 0...Int.max)
    }
    let pairs = try entries { (name, value) throws(DocumentError) in
      guard TableSettings.isName(name) else {
        throw value.wrong("is no name of a setting; write it like index_granularity_bytes")
      }
      let values =
        value.isList
        ? try value.list { (one) throws(DocumentError) in try number(one) }
        : [try number(value)]
      guard Set(values).count == values.count else {
        throw value.wrong("has a value twice; write each once")
      }
      return (name, values)
    }
    return Dictionary(pairs) { first, _ in first }
  }
}
