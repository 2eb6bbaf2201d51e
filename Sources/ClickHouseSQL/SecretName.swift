// Names of settings, keys, columns and URL parameters whose values are secrets.

enum SecretName {
  private static let parts = [
    "password", "passwd", "passphrase", "secret", "credential", "access_key", "accesskey",
    "account_key", "accountkey", "private_key", "privatekey", "api_key", "api-key", "apikey",
    "encryption_key", "signature", "authorization", "auth_header", "auth-token", "shared_access",
  ]
  private static let endings = ["token", "pwd"]
  private static let whole: Set<String> = ["pass", "sas", "sig", "cookie", "set-cookie", "x-auth"]
  /// Prefixes of switches and limits, whose values are not secret.
  private static let harmless = [
    "use_", "no_", "allow_", "display_", "is_", "has_", "enable_", "max_", "min_",
  ]

  /// Whether the value of this lower-case name is secret. In a dotted path the last component
  /// decides.
  static func isSecret(_ name: String) -> Bool {
    let name = name.split(separator: ".").last.map(String.init) ?? name
    if name.hasSuffix("deduplication_token") || harmless.contains(where: name.hasPrefix) {
      return false
    }
    return whole.contains(name) || endings.contains(where: name.hasSuffix)
      || parts.contains(where: name.contains)
  }

  /// The same for URL parameters, whose names are shorter and follow other conventions.
  static func isSecretInURL(_ name: String) -> Bool {
    isSecret(name) || ["key", "auth", "token", "sig", "pass", "jwt"].contains(where: name.contains)
  }
}
