// What a sweep was: its members and what they are made of, as sweep.json. Never a password.

import CSVRecords

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The description of a sweep: several runs of one benchmark, each in a folder of its own.
package struct SweepManifest: Codable, Equatable, Sendable {
  /// One run.
  package struct Member: Codable, Equatable, Sendable {
    /// Its name, which is its folder's.
    package var name: String
    /// The embedded engine that was asked for; nil where the server is found as for any run.
    package var engine: String?
    /// The dataset's file and text.
    package var dataset: Manifest.Document

    package init(name: String, engine: String?, dataset: Manifest.Document) {
      (self.name, self.engine, self.dataset) = (name, engine, dataset)
    }
  }

  package static let fileName = "sweep.json"

  /// The version of exportbench.
  package var toolVersion: String
  /// When it began, ISO 8601 in UTC.
  package var startedAt: String
  /// The command line, without secrets.
  package var arguments: [String]
  /// The benchmark's file and text.
  package var benchmark: Manifest.Document
  /// The runs in their order.
  package var members: [Member]

  package init(
    toolVersion: String, startedAt: String, arguments: [String], benchmark: Manifest.Document,
    members: [Member]
  ) {
    self.toolVersion = toolVersion
    self.startedAt = startedAt
    self.arguments = arguments
    self.benchmark = benchmark
    self.members = members
  }

  /// The text of sweep.json.
  package func json() throws(RecordError) -> String {
    try jsonText(of: self, named: "the sweep's description")
  }

  /// Reads it back. `file` is its name for error sentences.
  package init(json bytes: [UInt8], file: String) throws(RecordError) {
    do {
      self = try jsonDecoder.decode(SweepManifest.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw RecordError("\(file) does not describe a sweep: \(sentence(error))")
    } catch {
      throw RecordError("\(file) does not describe a sweep; it may be cut short")
    }
    // A member's name is its folder's.
    let names = members.map(\.name)
    guard !names.isEmpty, Set(names).count == names.count,
      names.allSatisfy({ !["", ".", ".."].contains($0) && !$0.contains("/") })
    else {
      throw RecordError(
        "\(file) does not describe a sweep: its members need names that differ and are names of "
          + "folders")
    }
  }
}
