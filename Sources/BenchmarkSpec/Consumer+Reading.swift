// Reading consumers from benchmark files and options.

import Failures
import StrictYAML

extension Value {
  /// The consumers of a list, each once, the one that keeps least first.
  package func consumers() throws(DocumentError) -> [Consumer] {
    let found = try list { value throws(DocumentError) in try value.choice(of: Consumer.self) }
    guard Set(found).count == found.count else {
      throw wrong("names a consumer twice; keep one of the two")
    }
    return found.sorted()
  }
}

extension Benchmark {
  /// What is made of each path in each window: first the exports that summaries speak of.
  package var kinds: [AttemptKind] {
    let stages = measuresStages ? Stage.allCases.filter { $0 != .export } : []
    return consumers.map(AttemptKind.export) + stages.map(AttemptKind.stage)
  }
}

extension Consumer {
  /// Reads a consumer's name.
  ///
  /// - Throws: ``UserError`` that says which there are.
  package init(naming text: String) throws(UserError) {
    guard let consumer = Consumer(rawValue: text) else {
      let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
      throw UserError(.usage, "there is no consumer '\(text)'; there are: \(known)")
    }
    self = consumer
  }
}
