// Masks secrets in SQL, and in messages that may quote SQL, with the server's `[HIDDEN]`. Masks at
// least what the server masks in its logs; where the argument layout is unknown, it masks more.
// Masking is idempotent.

package enum SecretMask {
  package static let replacement = "[HIDDEN]"

  /// Masks the secrets of a statement. If it has any, its comments are masked too, as in the
  /// server's log.
  package static func masked(sql: String) -> String {
    var finder = SecretFinder(sql)
    finder.search()
    finder.searchTokens()
    if !finder.edits.isEmpty { finder.hideComments() }
    return finder.masked
  }

  package static func masked(settings: [String: String]) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: settings.map { name, value in
        (name, SecretName.isSecret(name.lowercased()) ? replacement : masked(message: value))
      })
  }

  /// Masks the secrets of SQL that a message may quote. Quotes may be unbalanced.
  package static func masked(message: String) -> String {
    var finder = SecretFinder(message)
    finder.search()
    return finder.masked
  }

  /// Masks a query's secrets in the server's message about it, in any quoting. After a syntax error
  /// every quoted string is masked, because an unparsed layout may hold a secret anywhere.
  package static func masked(
    message: String, about sql: String, isSyntaxError: Bool
  ) -> String {
    var finder = SecretFinder(message)
    finder.search()
    if isSyntaxError { finder.hideStringsOfSyntaxError() }
    for secret in secrets(in: sql) { finder.hideAll(secret) }
    return finder.masked
  }

  /// The secrets of a statement, as written and as the server reads them.
  static func secrets(in sql: String) -> Set<String> {
    var finder = SecretFinder(sql)
    finder.search()
    finder.searchTokens()
    return finder.secrets
  }
}
