// What can go wrong between wanting an engine and having one.

/// An engine that cannot be found, started or kept. The description is one sentence with a remedy,
/// followed by the engine's last words where it had any.
package struct ServerError: Error, CustomStringConvertible, Sendable {
  /// The sentence, and behind it the last lines of the engine's log, if there are any.
  package let description: String

  package init(_ sentence: String, lastWords: String = "") {
    let quote = lastWords.isEmpty ? "" : "\nthe engine's last words:\n\(lastWords)"
    description = sentence + quote
  }
}
