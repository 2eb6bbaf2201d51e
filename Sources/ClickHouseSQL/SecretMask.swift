// Masks the secrets in SQL, and in messages that may quote SQL, with the server's own `[HIDDEN]`.
// Whatever the server masks in its logs is masked, and where the layout of arguments is not known,
// more rather than less. A masked text stays as it is when it is masked again.

/// The one place where secrets are taken out of texts.
package enum SecretMask {
  /// What stands for a secret.
  package static let replacement = "[HIDDEN]"

  /// SQL without its secrets. Where it has one, its comments are hidden too, which the server's log
  /// leaves out then.
  package static func masked(sql: String) -> String {
    var finder = SecretFinder(sql)
    finder.search()
    finder.searchTokens()
    if !finder.edits.isEmpty { finder.hideComments() }
    return finder.masked
  }

  /// Settings by name without the secrets among their values.
  package static func masked(settings: [String: String]) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: settings.map { name, value in
        (name, SecretName.isSecret(name.lowercased()) ? replacement : masked(message: value))
      })
  }

  /// A message without the secrets of the SQL that it may quote. Quotes need not be in pairs.
  package static func masked(message: String) -> String {
    var finder = SecretFinder(message)
    finder.search()
    return finder.masked
  }

  /// A server's message about a query, without that query's secrets, however it quotes them.
  ///
  /// - Parameters:
  ///   - message: what the server said.
  ///   - sql: what it was asked.
  ///   - isSyntaxError: whether it could not parse that; then every text that it quotes is hidden,
  ///     because a layout that was not understood may hold a secret anywhere.
  /// - Returns: the message with ``replacement`` in their places.
  package static func masked(
    message: String, about sql: String, isSyntaxError: Bool
  ) -> String {
    var finder = SecretFinder(message)
    finder.search()
    if isSyntaxError { finder.hideStringsOfSyntaxError() }
    for secret in secrets(in: sql) { finder.hideAll(secret) }
    return finder.masked
  }

  /// The secrets of a statement, as they are written and as the server reads them.
  static func secrets(in sql: String) -> Set<String> {
    var finder = SecretFinder(sql)
    finder.search()
    finder.searchTokens()
    return finder.secrets
  }
}
