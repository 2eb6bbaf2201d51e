// What a user reads of a server's exception: the cause and what to do, and no statement.

import ClickHouseClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct CauseTests {
  /// The words are those of 25.8 unless another version is named.
  static let cases: [(code: Int, name: String, message: String, start: String)] = [
    (
      60, "UNKNOWN_TABLE",
      "Unknown table expression identifier 'd.nope' in scope SELECT 'secret' FROM d.nope.",
      "there is no table d.nope, or the user may not see it (error 60"
    ),
    (
      60, "UNKNOWN_TABLE", "Table d.nope does not exist. Maybe you meant d.note?. ",  // 24.8
      "there is no table d.nope, or the user may not see it (error 60"
    ),
    (
      60, "UNKNOWN_TABLE",
      "Unknown table expression identifier 'system.query_log' in scope SELECT 'secret'",
      "the table system.query_log does not exist, or the user may not see it (error 60"
    ),
    (
      81, "UNKNOWN_DATABASE", "Database langfuse-prod does not exist. Maybe you meant default?.",
      "there is no database langfuse-prod, or the user may not see it (error 81"
    ),
    (
      47, "UNKNOWN_IDENTIFIER", "Unknown expression identifier `model` in scope SELECT 'secret'.",
      "there is no column model in what the statement reads or writes (error 47"
    ),
    (
      47, "UNKNOWN_IDENTIFIER",  // the old analyzer
      "Missing columns: 'model' while processing query: 'SELECT 'secret', model', required",
      "there is no column model in what the statement reads or writes (error 47"
    ),
    (
      53, "TYPE_MISMATCH",
      "Cannot convert string 'x' to type UInt8: while executing function equals on 'secret'.",
      "a type or a value is not the one that the statement expects: Cannot convert string 'x' to "
        + "type UInt8 (error 53"
    ),
    (
      497, "ACCESS_DENIED",
      "poor: Not enough privileges. To execute this query, it's necessary to have the grant "
        + "SELECT(id) ON d.t.", "the user lacks the grant SELECT(id) ON d.t (error 497"
    ),
    (
      115, "UNKNOWN_SETTING", "Unknown setting 'no_such'.",
      "the server has no setting no_such (error 115"
    ),
    (
      452, "SETTING_CONSTRAINT_VIOLATION", "Setting max_threads should not be changed.",
      "the user's settings profile forbids a setting: Setting max_threads should not be changed ("
    ),
    (
      241, "MEMORY_LIMIT_EXCEEDED",
      "(total) memory limit exceeded: would use 2 GiB, maximum: 1 GiB: While executing Sort.",
      "a memory limit of the server ended the query: (total) memory limit exceeded: would use 2 "
        + "GiB, maximum: 1 GiB (error 241"
    ),
    (
      159, "TIMEOUT_EXCEEDED", "Timeout exceeded: elapsed 1001 ms, maximum: 1000 ms.",
      "a time limit of the server ended the query: Timeout exceeded: elapsed 1001 ms, maximum: "
        + "1000 ms (error 159"
    ),
    (
      252, "TOO_MANY_PARTS", "Too many parts (300 with average size of 2 MiB) in table 'd.t'.",
      "merges do not keep up with inserts: Too many parts (300 with average size of 2 MiB)"
    ),
    (
      701, "CLUSTER_DOESNT_EXIST", "Requested cluster 'nope' not found.",
      "the server knows no cluster nope (error 701"
    ),
    (
      170, "BAD_GET", "Requested cluster 'nope' not found",  // 24.3
      "the server knows no cluster nope (error 170"
    ),
    (
      201, "QUOTA_EXCEEDED", "Quota for user `quo` for 3600s has been exceeded: queries = 2/1.",
      "the user's quota is used up: Quota for user `quo` for 3600s has been exceeded: queries = "
    ),
    (
      62, "SYNTAX_ERROR",
      "Syntax error: failed at position 1 (SELEC): SELEC 'secret'. Expected one of: Query, SELECT.",
      "the server does not understand the statement: Syntax error: failed at position 1 (SELEC) ("
    ),
    (
      36, "BAD_ARGUMENTS", "Something that nobody foresaw.",
      "ClickHouse says: Something that nobody foresaw. (error 36, BAD_ARGUMENTS, query q1)"
    ),
  ]

  @Test(arguments: cases) func aCauseIsNamedAndTheStatementIsNot(
    code: Int, name: String, message: String, start: String
  ) async throws {
    let exception = try #require(
      await serverException(
        .answer(
          "Code: \(code). DB::Exception: \(message) (\(name)) (version 25.8.2.1)",
          status: "500 Error")))
    let said = "\(ClickHouseError.server(exception))"
    #expect(said.hasPrefix(start))
    #expect(!said.contains("secret") && !said.contains("\n"))
    // Whatever is foreseen has a remedy behind it.
    #expect(said.hasPrefix("ClickHouse says") || said.contains(", query q1); "))
  }
}
