// What a user needs for a command, as `grants/COMMAND.sql` says it. Grants nothing.

/// One `GRANT` of a command's list.
package struct Grant: Sendable, Equatable {
  /// What is granted: `SELECT, INSERT`.
  package let privileges: String
  /// On what, with `{database}` for the user's.
  package let object: String
  /// What the command does with it.
  package let purpose: String
  /// What is lost without it; nil of one that the command cannot do without.
  package let without: String?

  /// The statement that grants it. Both names must be quoted as SQL wants them.
  package func statement(to user: String, database: String) -> String {
    "GRANT \(privileges) ON \(object(database)) TO \(user);"
  }

  /// What it is granted on. The name must be quoted as SQL wants it.
  package func object(_ database: String) -> String {
    object.replacing("{database}", with: database)
  }
}

/// The list of one command.
package struct GrantList: Sendable, Equatable {
  /// The command: `run`, `verify`.
  package let command: String
  /// What it does, in a line.
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
          "grants/\(command).sql holds a statement that is not GRANT … ON … TO {user} after a "
            + "line -- for: …; build exportbench again")
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
  /// The lists of grants, by command; `guard` is that of `--max-server-memory`.
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
