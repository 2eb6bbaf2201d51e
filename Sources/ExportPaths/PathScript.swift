// Parser of a path file's statements: tokenizes like the server, and reports invalid ones with file
// and line.

struct PathScript {
  /// `SET` lines, which come first.
  private(set) var settings: [SettingsProfile.Setting] = []
  /// Statements before the `SELECT`.
  private(set) var before: [String] = []
  /// A path has exactly one.
  private(set) var selects: [String] = []
  /// Statements after the first `SELECT`.
  private(set) var after: [String] = []
  /// Temporary tables created so far.
  private var tables: Set<String> = []

  /// - Parameters:
  ///   - body: the file without its head.
  ///   - firstLine: the line number of `body` in the file, from 1.
  ///   - file: the file's name in errors.
  /// - Throws: ``ExportsError`` with file and line.
  init(_ body: String, firstLine: Int, file: String) throws(ExportsError) {
    let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
    for statement in try SQLStatement.all(of: body, firstLine: firstLine, file: file) {
      switch statement.kind {
      case .setting:
        guard before.isEmpty, selects.isEmpty else {
          throw statement.error("a SET line comes before all other statements; move it up")
        }
        let line = lines[statement.line - firstLine]
        guard statement.isOnOneLine, let setting = SettingsProfile.Setting(line) else {
          throw statement.error("this is not a setting; write it like SET max_threads = 2;")
        }
        if let sentence = setting.refusal { throw statement.error(sentence) }
        settings.append(setting)
        continue
      case .select: selects.append(statement.text)
      case .create: tables.insert(try statement.temporaryTable())
      case .insert: try statement.checkTarget(in: tables)
      case .drop: _ = try statement.temporaryTable()
      case .other:
        throw statement.error(
          "a path file cannot contain \(statement.opening); it contains SET lines, CREATE "
            + "TEMPORARY TABLE, INSERT INTO such a table, one SELECT and DROP TEMPORARY TABLE")
      }
      try statement.checkClauses()
      guard statement.kind != .select else { continue }
      if selects.isEmpty { before.append(statement.text) } else { after.append(statement.text) }
    }
  }
}

extension SettingsProfile.Setting {
  /// Names that the HTTP interface does not treat as settings, and settings that exports set
  /// themselves.
  private static let reserved: Set<String> = [
    "buffer_size", "cancel_http_readonly_queries_on_client_close", "client_protocol_version",
    "close_session", "compress", "database", "decompress", "default_format", "log_comment",
    "password", "query", "query_id", "quota_key", "readonly", "role", "session_check",
    "session_id", "session_timeout", "stacktrace", "user", "wait_end_of_query",
  ]

  /// Whether a benchmark, a profile or a path may set it.
  package static func mayBeSet(_ name: String) -> Bool {
    !reserved.contains(name) && !name.hasPrefix("param_")
  }

  /// Why it cannot be set; nil if it can.
  package var refusal: String? {
    Self.mayBeSet(name)
      ? nil : "exportbench sends \(name) itself, so it cannot be set; remove the line"
  }
}
