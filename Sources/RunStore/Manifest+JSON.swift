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
    for place in claims.indices { claims[place].ratio = claims[place].ratio.current }
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

/// Reads the output of `jsonText`, and files of older versions with former keys.
package var jsonDecoder: JSONDecoder {
  let decoder = JSONDecoder()
  decoder.keyDecodingStrategy = .custom { path in
    let names = path.filter { $0.intValue == nil }.map(\.stringValue)
    let parent = names.dropLast().last ?? ""
    let key = names.last ?? ""
    return PropertyKey(Manifest.formerKeys[parent]?[key] ?? camelCase(key))
  }
  return decoder
}

extension Manifest {
  /// Property names by the key that schema version 1 had for them, by the property that holds them:
  /// empty for the manifest itself, and `manifest` for one within a baseline.
  fileprivate static let formerKeys = [
    "": ofManifest, "manifest": ofManifest, "dataset": ["found": "existingTables"],
    "ingest": ["pacing": "arrivals"], "exports": ["pacing": "arrivals"],
    "thresholds": ["traffic": "streamMix"],
  ]
  private static let ofManifest = [
    "part": "driver", "frontier": "memoryLimits", "traffic": "loadTest",
  ]
}

private struct PropertyKey: CodingKey {
  let stringValue: String
  let intValue: Int? = nil

  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

/// `memory_bytes` as `memoryBytes`.
private func camelCase(_ key: String) -> String {
  let words = key.split(separator: "_")
  return (words.first.map(String.init) ?? key)
    + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
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
