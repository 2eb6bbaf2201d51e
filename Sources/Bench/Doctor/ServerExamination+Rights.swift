// Whether the user may do what a run does: asked of the server, and not tried.

import ClickHouse

extension ServerExamination {
  /// What `run` does, what it is for, and whether a run can go on without it. The same list as the
  /// README's, in the order of its lines.
  static let needs: [(grant: String, purpose: String, isNeeded: Bool)] = [
    ("CREATE DATABASE, DROP DATABASE ON exportbench_doctor.*", "makes a database", true),
    ("CREATE TABLE, DROP TABLE ON exportbench_doctor.*", "makes the table", true),
    ("CREATE VIEW, DROP VIEW ON exportbench_doctor.*", "makes the view", true),
    ("INSERT, SELECT, OPTIMIZE ON exportbench_doctor.*", "loads, exports and merges", true),
    ("SYSTEM MERGES ON exportbench_doctor.*", "keeps merges from running", true),
    ("SELECT ON system.query_log", "reads the peak of memory", true),
    ("SELECT ON system.parts", "counts storage", true),
    ("SELECT ON system.part_log", "counts bytes written", false),
    ("SYSTEM FLUSH LOGS ON *.*", "does not wait for the logs", false),
    ("SYSTEM JEMALLOC ON *.*", "resets the allocator before an export", false),
    ("SYSTEM RELOAD ASYNCHRONOUS METRICS ON *.*", "reads the allocator at once", false),
  ]

  func rights() async throws -> [Observation] {
    struct Row: Decodable { let result: Int }
    var lacking: [(grant: String, purpose: String, isNeeded: Bool)] = []
    for need in Self.needs {
      do {
        let rows = try await client.rows(Query("CHECK GRANT \(need.grant)"), as: Row.self)
        if rows.first?.result != 1 { lacking.append(need) }
      } catch let error as ClickHouseError {
        guard error.serverException?.name == "SYNTAX_ERROR" else {
          return [Observation("rights", .caution, "could not be asked for", "\(error)")]
        }
        return [
          Observation(
            "rights", .caution, "this version cannot say what a user may do",
            "exportbench run smoke finds out in seconds")
        ]
      }
    }
    guard !lacking.isEmpty else {
      return [Observation("rights", .good, "all that a run needs")]
    }
    return lacking.map { need in
      Observation(
        "rights", need.isNeeded ? .obstacle : .caution, "no \(need.grant)",
        need.isNeeded
          ? "a run \(need.purpose); GRANT it, see the README's list"
          : "a run that \(need.purpose) leaves out what it cannot do, or takes longer")
    }
  }
}
