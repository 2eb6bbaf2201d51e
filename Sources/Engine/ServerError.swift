// Error: an engine cannot be found, installed, started or kept running.

/// The description is one sentence with a remedy, followed by the engine's last log lines, if any.
package struct ServerError: Error, CustomStringConvertible, Sendable {
  package let description: String

  package init(_ sentence: String, lastWords: String = "") {
    let quote = lastWords.isEmpty ? "" : "\nthe engine's last log lines:\n\(lastWords)"
    description = sentence + quote
  }
}
