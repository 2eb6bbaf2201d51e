// Findings of a verification, and the gate's decision. All output derives from them.

import ExistingTables

/// A check that was not requested is nil.
package struct VerificationFindings: Sendable, Encodable {
  package let server: String
  package let database: String
  /// Nil for a single server.
  package internal(set) var cluster: String?
  /// The database that was queried.
  package internal(set) var front: String?
  package let table: String
  package let view: String
  /// Adds the column `model`, which the design document's view selects; nil if the table has it.
  package let modelAlias: String?
  /// The compared project.
  package internal(set) var project: String?
  /// Milliseconds since 1970, both ends inclusive.
  package internal(set) var window: ClosedRange<Int64>?
  /// Notes for the user, one sentence each.
  package internal(set) var remarks: [String] = []
  package internal(set) var counts: Found<RowCounts>?
  /// One for each path.
  package internal(set) var checksums: Found<[PathSum]>?
  package internal(set) var files: Found<PathDifferences>?
  package internal(set) var drift: SchemaDrift?
  /// The statements that fix the drift, as a script.
  package internal(set) var script: String?

  /// Differences of rows, not of the schema, one sentence each.
  package var disagreements: [String] {
    var found: [String] = []
    if let counts = counts?.value, !counts.agree {
      found.append(
        "\(counts.differingProjects) of \(counts.projects) projects have another number of ids in "
          + "\(view) than in \(table)")
    }
    if let sums = checksums?.value, sums.count == 2,
      (sums[0].rows, sums[0].checksum) != (sums[1].rows, sums[1].checksum)
    {
      found.append("the checksums of \(sums[0].path) and \(sums[1].path) are not the same")
    }
    if let files = files?.value, !files.rows.agree {
      found.append("the files of \(files.pathA) and \(files.pathB) differ")
    }
    return found
  }

  /// What could not be determined, one sentence each.
  package var unknowns: [String] {
    var found: [String] = []
    if case .unknown(let reason) = counts { found.append(reason) }
    if case .unknown(let reason) = checksums { found.append(reason) }
    if case .unknown(let reason) = files { found.append(reason) }
    // One cause can prevent all three.
    return found.uniqued()
  }
}

extension Found: Encodable where Value: Encodable {
  private enum Key: CodingKey { case unknown }

  /// The value, or an object with `unknown`.
  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .value(let value): try value.encode(to: encoder)
    case .unknown(let reason):
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(reason, forKey: .unknown)
    }
  }
}
