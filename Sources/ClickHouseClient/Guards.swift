// How far queries may go on a server that others use too. Sends nothing: the client lays the
// settings over every query, and Probes watches the server's memory.

/// The bounds within which a server is used.
package struct Guards: Sendable, Equatable {
  /// Every query carries `readonly = 2`, by which the server refuses whatever would write.
  package var isReadOnly = false
  /// The most threads of a query; a query that asks for fewer gets those.
  package var threadsMax: Int?
  /// ClickHouse's `priority`: a query waits while one with a smaller number runs. 0 is none.
  package var priority: Int?
  /// The server's memory, in bytes, above which our queries are ended.
  package var serverMemoryMaxBytes: Int?
  /// Settings of every query that does not have them itself, by name.
  package var settings: [String: String] = [:]

  /// No bounds.
  package init() {}

  /// The settings of a query within these bounds.
  package func applied(to settings: [String: String]) -> [String: String] {
    var settings = self.settings.merging(settings) { $1 }
    if isReadOnly, settings["readonly"] != "1" { settings["readonly"] = "2" }
    if let priority { settings["priority"] = "\(priority)" }
    if let threadsMax {
      for name in ["max_threads", "max_insert_threads"] {
        // For the server 0 is as many as it has processors, and for inserts one.
        let wanted = settings[name].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        if name == "max_threads" || wanted != nil {
          settings[name] = "\(min(threadsMax, wanted ?? threadsMax))"
        }
      }
    }
    return settings
  }
}
