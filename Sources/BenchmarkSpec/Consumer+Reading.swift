// Reads consumers from benchmark files and options.

import Failures
import StrictYAML

extension Value {
  /// Without duplicates, in ascending order of memory.
  package func consumers() throws(DocumentError) -> [Consumer] {
    let found = try list { value throws(DocumentError) in try value.choice(of: Consumer.self) }
    guard Set(found).count == found.count else {
      throw wrong("names a consumer twice; name each once")
    }
    return found.sorted()
  }
}

extension Benchmark {
  /// Kinds of attempts per path and window; exports, which summaries use, come first.
  package var kinds: [AttemptKind] {
    let stages = measuresStages ? Stage.allCases.filter { $0 != .export } : []
    return consumers.map(AttemptKind.export) + stages.map(AttemptKind.stage)
  }
}

extension Consumer {
  /// - Throws: ``UserError`` that lists the consumers.
  package init(naming text: String) throws(UserError) {
    guard let consumer = Consumer(rawValue: text) else {
      let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
      throw UserError.usage("there is no consumer '\(text)'; known consumers: \(known)")
    }
    self = consumer
  }
}
