// Reads and writes the manifest as JSON.

import CSVRecords

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Manifest {
  /// Sorted keys, indented, with a final line break.
  package func json() throws(RecordError) -> String {
    try jsonText(of: self, named: "the manifest")
  }

  /// Ignores unknown keys. `file` is for error messages.
  package init(json bytes: [UInt8], file: String) throws(RecordError) {
    do {
      self = try jsonDecoder.decode(Manifest.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw RecordError("\(file): \(sentence(error))")
    } catch {
      throw RecordError("\(file): \(error)")
    }
    try check(file)
  }
}

/// Sorted keys in snake case, indented, with a final line break. `name` is for error messages.
package func jsonText(of value: some Encodable, named name: String) throws(RecordError) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.keyEncodingStrategy = .convertToSnakeCase
  do {
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  } catch {
    throw RecordError("\(name) cannot be written as JSON: \(error)")
  }
}

/// Reads output of `jsonText`.
package var jsonDecoder: JSONDecoder {
  let decoder = JSONDecoder()
  decoder.keyDecodingStrategy = .convertFromSnakeCase
  return decoder
}

/// Error sentence for invalid JSON.
package func sentence(_ error: DecodingError) -> String {
  switch error {
  case .keyNotFound(let key, let context):
    "the key '\(path(context.codingPath + [key]))' is missing"
  case .typeMismatch(_, let context), .valueNotFound(_, let context):
    "the value of '\(path(context.codingPath))' has the wrong type"
  case .dataCorrupted(let context) where !context.codingPath.isEmpty:
    "the value of '\(path(context.codingPath))' cannot be read"
  default: "this is not JSON; it may be truncated"
  }
}

/// For example `engine.version`, with the keys of the file.
private func path(_ keys: [any CodingKey]) -> String {
  keys.map { key in
    key.intValue.map(String.init)
      ?? key.stringValue.reduce(into: "") { text, letter in
        text += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
      }
  }.joined(separator: ".")
}
