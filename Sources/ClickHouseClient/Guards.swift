// Limits for queries on a shared server. The client adds the settings to every query; Probes
// monitors the server's memory.

package struct Guards: Sendable, Equatable {
  /// Sends `readonly = 2` with every query, so that the server refuses writes.
  package var isReadOnly = false
  /// Upper limit of a query's threads; a query that asks for fewer gets those.
  package var threadsMax: Int?
  /// ClickHouse's `priority`: a query waits while one with a smaller number runs. 0 disables it.
  package var priority: Int?
  /// The suite's queries are ended while the server's memory exceeds this, in bytes.
  package var serverMemoryMaxBytes: Int?
  /// Default settings by name; a query's own settings win.
  package var settings: [String: String] = [:]

  /// No limits.
  package init() {}

  /// A query's settings within these limits.
  package func applied(to settings: [String: String]) -> [String: String] {
    var settings = self.settings.merging(settings) { $1 }
    if isReadOnly, settings["readonly"] != "1" { settings["readonly"] = "2" }
    if let priority { settings["priority"] = "\(priority)" }
    if let threadsMax {
      for name in ["max_threads", "max_insert_threads"] {
        // For the server 0 means one per processor, and for inserts one.
        let wanted = settings[name].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        if name == "max_threads" || wanted != nil {
          settings[name] = "\(min(threadsMax, wanted ?? threadsMax))"
        }
      }
    }
    return settings
  }
}
