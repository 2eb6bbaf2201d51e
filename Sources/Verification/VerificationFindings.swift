// What a verification found, and whether a gate may open on it. What people and programs read is
// made of this and nothing else.

import ExistingTables

/// What a verification found. A check that was not asked for is nil.
package struct VerificationFindings: Sendable, Encodable {
  /// The server's version.
  package let server: String
  package let database: String
  /// The cluster whose shards were asked; nil of a server by itself.
  package internal(set) var cluster: String?
  /// The database in which rows were asked for.
  package internal(set) var front: String?
  package let table: String
  package let view: String
  /// What gives the table the column `model` that the document's view selects; nil if it has one.
  package let modelAlias: String?
  /// The project whose exports were compared.
  package internal(set) var project: String?
  /// The window that was compared: milliseconds since 1970, both ends inclusive.
  package internal(set) var window: ClosedRange<Int64>?
  /// What a user has to know to read the rest, one sentence each.
  package internal(set) var remarks: [String] = []
  /// Rows and ids.
  package internal(set) var counts: Found<RowCounts>?
  /// One of each path.
  package internal(set) var checksums: Found<[PathSum]>?
  /// The files.
  package internal(set) var files: Found<PathDifferences>?
  /// The schema.
  package internal(set) var drift: SchemaDrift?
  /// The statements that mend the drift, as a script.
  package internal(set) var script: String?

  package init(server: String, database: String, table: String, view: String, modelAlias: String?) {
    self.server = server
    self.database = database
    self.table = table
    self.view = view
    self.modelAlias = modelAlias
  }

  /// What disagrees, one sentence each: rows, never the schema.
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
      found.append("the files of \(files.pathA) and \(files.pathB) hold other rows")
    }
    return found
  }

  /// What could not be found out, one sentence each.
  package var unknowns: [String] {
    var found: [String] = []
    if case .unknown(let reason) = counts { found.append(reason) }
    if case .unknown(let reason) = checksums { found.append(reason) }
    if case .unknown(let reason) = files { found.append(reason) }
    // One cause can keep all three from being found out.
    return found.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}

extension Found: Encodable where Value: Encodable {
  private enum Key: CodingKey { case unknown }

  /// The value itself, or an object with `unknown`.
  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .value(let value): try value.encode(to: encoder)
    case .unknown(let reason):
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(reason, forKey: .unknown)
    }
  }
}
