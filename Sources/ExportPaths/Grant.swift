// Grants that a user needs for a command, from `grants/COMMAND.sql`.

package struct Grant: Sendable, Equatable {
  /// Such as `SELECT, INSERT`.
  package let privileges: String
  /// With `{database}` as a placeholder.
  package let object: String
  /// What the command uses it for.
  package let purpose: String
  /// What is unavailable without it; nil if it is required.
  package let without: String?

  /// Both names must be quoted.
  package func statement(to user: String, database: String) -> String {
    "GRANT \(privileges) ON \(object(database)) TO \(user);"
  }

  /// The name must be quoted.
  package func object(_ database: String) -> String {
    object.replacing("{database}", with: database)
  }
}

package struct GrantList: Sendable, Equatable {
  package let command: String
  /// Its purpose, in one line.
  package let title: String
  package let grants: [Grant]

  package init(command: String, text: String) throws(ExportsError) {
    self.command = command
    var title: String?
    var purpose: String?
    var without: String?
    var found: [Grant] = []
    for statement in Migration.statements(of: text) {
      var words: [String] = []
      for line in statement.split(separator: "\n") {
        guard line.hasPrefix("--") else {
          words += line.split(separator: " ").map(String.init)
          continue
        }
        let remark = line.dropFirst(2).trimmed
        if remark.hasPrefix("for: ") {
          (purpose, without) = (String(remark.dropFirst(5)), nil)
        } else if remark.hasPrefix("without: ") {
          without = String(remark.dropFirst(9))
        } else {
          title = remark
        }
      }
      guard let on = words.firstIndex(of: "ON"), words.first == "GRANT", words.count == on + 4,
        words.suffix(2) == ["TO", "{user}"], let purpose
      else {
        throw ExportsError(
          "grants/\(command).sql contains a statement that is not GRANT … ON … TO {user} after "
            + "a line -- for: …; build exportbench again")
      }
      found.append(
        Grant(
          privileges: words[1..<on].joined(separator: " "), object: words[on + 1],
          purpose: purpose, without: without))
    }
    self.title = title ?? command
    grants = found
  }
}

extension Catalogue {
  /// By command; `guard` is that of `--max-server-memory`.
  package static func grants() throws(ExportsError) -> [GrantList] {
    var found: [GrantList] = []
    for file in try files("grants") where file.hasSuffix(".sql") {
      found.append(
        try GrantList(command: String(file.dropLast(4)), text: try read("grants/\(file)")))
    }
    return found
  }

  package static func grants(for command: String) throws(ExportsError) -> GrantList {
    let all = try grants()
    guard let found = all.first(where: { $0.command == command }) else {
      throw ExportsError(
        "there is no list of grants for '\(command)'; there are: "
          + all.map(\.command).joined(separator: ", "))
    }
    return found
  }
}
