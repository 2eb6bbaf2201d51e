// Table from a server's error code to cause and remedy, for every command.

package struct ServerCause: Sendable, Equatable {
  /// The cause, with the names from the server's message.
  package let finding: String
  package let remedy: String
}

extension ServerException {
  /// Nil for an unforeseen error.
  package var cause: ServerCause? {
    causeInSchema ?? causeInRights ?? causeInLimits ?? causeInState
  }

  /// Whether the error can concern a setting of a query that reads nothing: its name, its value, or
  /// a missing right to change it.
  package var mayBeOfSettings: Bool {
    causeInSchema != nil || [115, 164, 452].contains(code) || cause == nil
  }

  /// The cause, if a statement does not match the schema; otherwise nil.
  package var causeInSchema: ServerCause? {
    let name = quotedName ?? "such"
    switch code {
    case 60:  // UNKNOWN_TABLE
      if name.hasPrefix("system.") {
        return ServerCause(
          finding: "the table \(name) does not exist, or the user may not see it",
          remedy: "GRANT SELECT ON \(name) to the user, or enable that log in the server's "
            + "configuration")
      }
      return ServerCause(
        finding: "there is no table \(name), or the user may not see it",
        remedy: "check the names of database and table, or GRANT SELECT on it")
    case 81:  // UNKNOWN_DATABASE
      return ServerCause(
        finding: "there is no database \(name), or the user may not see it",
        remedy: "check --database; SHOW DATABASES lists the visible ones")
    case 10, 16, 47:  // NOT_FOUND_COLUMN_IN_BLOCK, NO_SUCH_COLUMN_IN_TABLE, UNKNOWN_IDENTIFIER
      return ServerCause(
        finding: "there is no column \(name) in what the statement reads or writes",
        remedy: "compare the columns of the table with those of Langfuse's observations")
    case 6, 27, 38, 41, 43, 53, 70, 72, 321, 349, 386:
      // CANNOT_PARSE_TEXT, …_INPUT_ASSERTION_FAILED, …_DATE, …_DATETIME, …_NUMBER;
      // ILLEGAL_TYPE_OF_ARGUMENT, TYPE_MISMATCH, CANNOT_CONVERT_TYPE, NO_COMMON_TYPE,
      // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE, CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
      return ServerCause(
        finding: "a type or a value is not the one that the statement expects: \(words)",
        remedy: "compare the types of the table's columns with those of Langfuse's observations, "
          + "and check the values of settings")
    case 170 where words.lowercased().contains("cluster"), 701:  // BAD_GET, CLUSTER_DOESNT_EXIST
      return ServerCause(
        finding: "the server knows no cluster \(name)",
        remedy: "SELECT DISTINCT cluster FROM system.clusters lists those that it knows; name one "
          + "of them with --cluster")
    case 57, 82:  // TABLE_ALREADY_EXISTS, DATABASE_ALREADY_EXISTS
      return ServerCause(
        finding: "the object to create exists already: \(words)",
        remedy: "drop it, or choose another name")
    case 181:  // ILLEGAL_FINAL
      return ServerCause(
        finding: "the engine of a table has no FINAL: \(words)",
        remedy: "choose a path without FINAL; exportbench list paths describes them")
    case 456, 457:  // UNKNOWN_QUERY_PARAMETER, BAD_QUERY_PARAMETER
      return ServerCause(
        finding: "a parameter of the statement has no value or a wrong one: \(words)",
        remedy: "a path may use {projectId: String}, {minTimestamp: DateTime64(3)} and "
          + "{maxTimestamp: DateTime64(3)}")
    default: return nil
    }
  }

  private var causeInRights: ServerCause? {
    switch code {
    case 192, 193, 194, 516:
      // UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD, AUTHENTICATION_FAILED
      return ServerCause(
        finding: "the server refused the user or the password",
        remedy: "check CLICKHOUSE_USER and CLICKHOUSE_PASSWORD, or the URL")
    case 291, 497:  // DATABASE_ACCESS_DENIED, ACCESS_DENIED
      let grant = words.split(separator: "necessary to have the grant ").dropFirst().last
      return ServerCause(
        finding: "the user lacks \(grant.map { "the grant \($0)" } ?? "a right: \(words)")",
        remedy: "exportbench grants prints what each command needs")
    case 164:  // READONLY
      return ServerCause(
        finding: words.hasPrefix("Cannot modify '")
          ? "the user may not change \(quotedName ?? "a setting")"
          : "the user may only read: \(words)",
        remedy: "the user needs a profile with readonly = 2, which lets a query have settings, and "
          + "with readonly = 0 to write")
    case 452:  // SETTING_CONSTRAINT_VIOLATION
      return ServerCause(
        finding: "the user's settings profile forbids a setting: \(words)",
        remedy: "raise the constraint for this user, or leave the setting out")
    case 115:  // UNKNOWN_SETTING
      return ServerCause(
        finding: "the server has no setting \(quotedName ?? "of that name")",
        remedy: "check its name; a server of another version may not have it")
    case 392:  // QUERY_IS_PROHIBITED
      return ServerCause(
        finding: "the server prohibits such statements: \(words)",
        remedy: "ask its administrator, or use another server")
    default: return nil
    }
  }

  private var causeInLimits: ServerCause? {
    switch code {
    case 241:  // MEMORY_LIMIT_EXCEEDED
      return ServerCause(
        finding: "a memory limit of the server ended the query: \(words)",
        remedy: "choose a shorter window, or a path that needs less memory, or raise the limit")
    case 159, 160:  // TIMEOUT_EXCEEDED, TOO_SLOW
      return ServerCause(
        finding: "a time limit of the server ended the query: \(words)",
        remedy: "choose a shorter window, or raise max_execution_time for the user")
    case 158, 307, 396:  // TOO_MANY_ROWS, TOO_MANY_BYTES, TOO_MANY_ROWS_OR_BYTES
      return ServerCause(
        finding: "a limit on rows or bytes ended the query: \(words)",
        remedy: "choose a shorter window, or raise the limit for the user")
    case 201:  // QUOTA_EXCEEDED
      return ServerCause(
        finding: "the user's quota is used up: \(words)",
        remedy: "wait until its interval has ended, or raise it")
    case 202:  // TOO_MANY_SIMULTANEOUS_QUERIES
      return ServerCause(
        finding: "the server runs as many queries as it may: \(words)",
        remedy: "try again later, or raise max_concurrent_queries")
    case 252:  // TOO_MANY_PARTS
      return ServerCause(
        finding: "merges do not keep up with inserts: \(words)",
        remedy: "wait until merges have caught up, or insert fewer and larger batches")
    default: return nil
    }
  }

  private var causeInState: ServerCause? {
    switch code {
    case 46, 48, 62, 73, 344:
      // UNKNOWN_FUNCTION, NOT_IMPLEMENTED, SYNTAX_ERROR, UNKNOWN_FORMAT, SUPPORT_IS_DISABLED
      return ServerCause(
        finding: "the server does not understand the statement: \(words)",
        remedy: "check the SQL if it is yours; else the server's version lacks what it uses")
    case 225, 242, 999:  // NO_ZOOKEEPER, TABLE_IS_READ_ONLY, KEEPER_EXCEPTION
      return ServerCause(
        finding: "the server has no session with Keeper: \(words)",
        remedy: "see system.replicas and system.zookeeper_connection, and try again")
    case 243:  // NOT_ENOUGH_SPACE
      return ServerCause(
        finding: "a disk of the server is full: \(words)", remedy: "free space on the server")
    case 32, 209, 210, 279:
      // ATTEMPT_TO_READ_AFTER_EOF, SOCKET_TIMEOUT, NETWORK_ERROR, ALL_CONNECTION_TRIES_FAILED
      return ServerCause(
        finding: "the server could not reach another one: \(words)",
        remedy: "see system.clusters, and whether its hosts are up")
    case 394, 735:  // QUERY_WAS_CANCELLED, QUERY_WAS_CANCELLED_BY_CLIENT
      return ServerCause(
        finding: "the query was ended on the server by KILL QUERY or by a shutdown",
        remedy: "run it again")
    case 218:  // TABLE_IS_DROPPED
      return ServerCause(
        finding: "the table was dropped in the meantime: \(words)", remedy: "create it again")
    default: return nil
    }
  }

  /// The message's first line without the statement, which may be confidential.
  package var words: String {
    var rest = firstLine
    for end in [
      ". In scope ", " in scope ", ": In scope ", ": while executing ", ": While executing ",
      " While executing", ": While processing ", " while processing query", ". Maybe you meant",
      ". Expected one of",
    ] {
      if let range = rest.firstRange(of: end) { rest = rest[..<range.lowerBound] }
    }
    // `Syntax error: failed at position 1 (SELEC): SELEC 1`
    if code == 62, let range = rest.firstRange(of: "): ") { rest = rest[..<range.lowerBound] + ")" }
    while let last = rest.last, last == "." || last.isWhitespace { rest = rest.dropLast() }
    return String(rest)
  }

  /// The name that the message is about: the first quoted one, or that of `Table a.b does not
  /// exist`.
  private var quotedName: String? {
    let words = words
    if let found = words.firstMatch(of: /[`'"]([^`'"]+)[`'"]/) { return String(found.1) }
    let found = words.firstMatch(
      of: /(?:Table|Database|Setting|column|Cluster) (\S+(?: \S+)*?) (?:does|doesn|is|in) ?/)
    return found.map { String($0.1) }
  }
}
