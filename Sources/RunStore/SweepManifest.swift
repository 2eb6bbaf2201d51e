// sweep.json: members and inputs of a sweep. Contains no password.

import CSVRecords

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

package struct SweepManifest: Codable, Equatable, Sendable {
  package struct Member: Codable, Equatable, Sendable {
    /// Name of its folder.
    package var name: String
    /// Requested embedded engine; nil if the server is selected as for any run.
    package var engine: String?
    package var dataset: Manifest.Document

    package init(name: String, engine: String?, dataset: Manifest.Document) {
      (self.name, self.engine, self.dataset) = (name, engine, dataset)
    }
  }

  package static let fileName = "sweep.json"

  package var toolVersion: String
  /// ISO 8601 in UTC.
  package var startedAt: String
  /// Without secrets.
  package var arguments: [String]
  package var benchmark: Manifest.Document
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

  package func json() throws(RecordError) -> String {
    try jsonText(of: self, named: "the sweep's description")
  }

  /// - Parameter file: for error messages.
  package init(json bytes: [UInt8], file: String) throws(RecordError) {
    do {
      self = try jsonDecoder.decode(SweepManifest.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw RecordError("\(file) does not describe a sweep: \(sentence(error))")
    } catch {
      throw RecordError("\(file) does not describe a sweep; it may be truncated")
    }
    // Names of members are names of folders.
    let names = members.map(\.name)
    guard !names.isEmpty, Set(names).count == names.count,
      names.allSatisfy({ !["", ".", ".."].contains($0) && !$0.contains("/") })
    else {
      throw RecordError(
        "\(file) does not describe a sweep: its members need distinct names that are names of "
          + "folders")
    }
  }
}
