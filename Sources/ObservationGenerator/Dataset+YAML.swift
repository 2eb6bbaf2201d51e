// Keys of a `datasets/*.yaml` file, with ranges and defaults.

import StrictYAML
import Units

extension Dataset {
  /// - Parameter file: the name in errors.
  /// - Throws: ``DocumentError`` with file, line and key.
  package init(yaml: String, file: String) throws(DocumentError) {
    self = try Document.read(yaml, file: file) { (root) throws(DocumentError) in
      try Dataset(root)
    }
  }

  private init(_ root: Mapping) throws(DocumentError) {
    self.init(
      name: try root["name"].string(),
      observations: try root["observations"].count(in: 1...10_000_000_000),
      start: try midnight(try root["start"]),
      span: TimeSpan(milliseconds: try root["days"].integer(in: 1...3_650) * 86_400_000))
    description = try root.given("description")?.string() ?? description
    seed = UInt64(try root.given("seed")?.integer(in: 0...Int.max) ?? 1)
    observationsPerTrace =
      try root.given("observations_per_trace")?.integer(in: 1...1_000) ?? observationsPerTrace
    if let value = root.given("projects") {
      (projects, firstProjectShare) = try value.mapping { (map) throws(DocumentError) in
        (try map["count"].count(in: 1...100_000), try map["first"].fraction())
      }
    }
    versions = try root.given("versions").map(versionShares) ?? versions
    if let value = root.given("lag") {
      lag = try longTail(value) { (value) throws(DocumentError) in
        try value.span(
          in: TimeSpan(milliseconds: 1)...TimeSpan(milliseconds: 86_400_000 * 40)
        ).milliseconds
      }
    }
    order = try root.given("order")?.choice(of: Order.self) ?? order
    deleted = try root.given("deleted")?.fraction() ?? deleted
    payload = try root.given("payload")?.mapping(Payload.init(_:)) ?? payload
    types = try choices(root, "types", of: Dataset.knownTypes) ?? types
    if let value = root.given("shapes") { try readShapes(value) }
    environments = try choices(root, "environments") ?? environments
    levels = try choices(root, "levels", of: Dataset.knownLevels) ?? levels
    models = try choices(root, "models") ?? models
  }
}

extension Dataset.Payload {
  fileprivate init(_ map: Mapping) throws(DocumentError) {
    func sizes(_ key: String) throws(DocumentError) -> LongTail {
      guard let value = map.given(key) else { return .nothing }
      return try longTail(value) { (value) throws(DocumentError) in
        try value.bytes(in: 1...(64 << 20))
      }
    }
    input = try sizes("input")
    output = try sizes("output")
    metadata = try sizes("metadata")
    partialOutput = try map.given("partial_output")?.bool() ?? partialOutput
    sharedPrefix = try map.given("shared_prefix")?.mapping { (map) throws(DocumentError) in
      SharedPrefix(
        kinds: try map["kinds"].count(in: 1...1_000_000),
        bytes: try map["size"].bytes(in: SharedPrefix.bytesRange))
    }
    if let value = map.given("compression") {
      (inputCompression, outputCompression) = try value.mapping { (map) throws(DocumentError) in
        func ratio(_ key: String) throws(DocumentError) -> Double? {
          try map.given(key)?.number(in: Dataset.Payload.compressions)
        }
        return (try ratio("input"), try ratio("output"))
      }
    }
  }
}

extension Dataset {
  /// Langfuse's values of column `type`.
  package static let knownTypes = [
    "GENERATION", "SPAN", "EVENT", "AGENT", "TOOL", "CHAIN", "RETRIEVER", "EVALUATOR", "EMBEDDING",
    "GUARDRAIL",
  ]
  /// Values of column `level`.
  package static let knownLevels = ["DEBUG", "DEFAULT", "WARNING", "ERROR"]
}

private func longTail(
  _ value: Value, _ read: (Value) throws(DocumentError) -> Int
) throws(DocumentError) -> LongTail {
  guard value.isMapping else { return .always(try read(value)) }
  return try value.mapping { (map) throws(DocumentError) in
    let median = try read(try map["median"])
    let p99 = try read(try map["p99"])
    let largest = try read(try map["max"])
    let absent = try map.given("absent")?.fraction() ?? 0
    guard median <= p99 else { throw try map["p99"].wrong("is below the median; raise it") }
    guard p99 <= largest else { throw try map["max"].wrong("is below p99; raise it") }
    return LongTail(median: median, p99: p99, max: largest, absent: absent)
  }
}

private func versionShares(_ value: Value) throws(DocumentError) -> [Double] {
  let pairs = try value.entries { (key, share) throws(DocumentError) in
    guard let version = Int(key), (1...Dataset.versionsMax).contains(version) else {
      throw share.wrong("is not a number of versions; write one from 1 to \(Dataset.versionsMax)")
    }
    return (version, try share.fraction(), share)
  }
  var shares = [Double](repeating: 0, count: pairs.map { $0.0 }.max() ?? 1)
  var seen: Set<Int> = []
  for (version, share, place) in pairs {
    guard seen.insert(version).inserted else {
      throw place.wrong("is given twice; keep one of the two")
    }
    shares[version - 1] = share
  }
  let sum = shares.reduce(0, +)
  guard abs(sum - 1) < 1e-9 else {
    throw value.wrong("adds up to \(significant(sum)); the shares must add up to 1")
  }
  while shares.last == 0 { shares.removeLast() }
  return shares
}

private func choices(
  _ root: Mapping, _ key: String, of known: [String]? = nil
) throws(DocumentError) -> [Dataset.Choice]? {
  guard let value = root.given(key) else { return nil }
  let choices = try value.entries { (word, weight) throws(DocumentError) in
    if let known, !known.contains(word) {
      throw weight.wrong("is not known; known are \(known.joined(separator: ", "))")
    }
    guard (1...64).contains(word.utf8.count) else {
      throw weight.wrong("is too long; use at most 64 bytes")
    }
    return Dataset.Choice(word, try weight.number(in: 0...1e6))
  }
  guard choices.contains(where: { $0.weight > 0 }) else {
    throw value.wrong("has no weight above 0; raise one")
  }
  guard choices.count <= 1_000 else { throw value.wrong("has more than 1,000 words") }
  return choices
}

private func midnight(_ value: Value) throws(DocumentError) -> Int64 {
  let text = try value.string()
  let range = daysSince1970(1970, 1, 1)...daysSince1970(2200, 12, 31)
  guard text.utf8.count == 10, let moment = try? Moment(parsing: text),
    range.contains(Int(moment.milliseconds / 86_400_000))
  else { throw value.wrong("is '\(text)'; write a date from 1970 to 2200 such as 2026-09-01") }
  return moment.milliseconds
}
