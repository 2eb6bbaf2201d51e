// What is verified: a table and a view of it in somebody's database, and the way in which every
// question is asked there: bounded, and unable to write.

import ClickHouseClient
import ExportPaths
import Failures
import RunStore
import Workspace

/// A table, its view, and how they are asked.
package struct ObservationTables: Sendable {
  /// The server.
  package let client: Client
  /// Where both are.
  package let database: Identifier
  /// Where questions about rows go: on a cluster the database of the tables over all shards.
  package private(set) var front: Identifier
  /// The table that is exported.
  package let table: Identifier
  /// The view that stands in for it.
  package let view: Identifier

  /// Makes a subject; asks nothing.
  package init(client: Client, database: Identifier, table: Identifier, view: Identifier) {
    self.client = client
    self.database = database
    front = database
    self.table = table
    self.view = view
  }

  /// The most memory that one question may take on the server: 8 GiB.
  package static let memoryMaxBytes = 8 << 30
  /// The longest that one question may take: 10 minutes.
  package static let secondsMax = 600
  /// Threads that one question may use, for the server has other guests.
  package static let threadsMax = 4

  /// Settings of every question. `readonly = 2` makes the server refuse whatever would write.
  package static let limits = [
    "readonly": "2",
    "max_memory_usage": "\(memoryMaxBytes)",
    "max_execution_time": "\(secondsMax)",
    "timeout_before_checking_execution_speed": "0",
    "max_threads": "\(threadsMax)",
    "cancel_http_readonly_queries_on_client_close": "1",
  ]

  /// A question with the limits.
  package func query(
    _ sql: String, _ parameters: [String: Parameter] = [:], _ settings: [String: String] = [:]
  ) -> Query {
    Query(
      sql, parameters: parameters, settings: Self.limits.merging(settings) { $1 },
      logComment: "exportbench verify", database: front.name)
  }

  /// The settings that a path is not right without, but for those that the limits hold.
  package func settings(of path: ExportPath, on version: ServerVersion) -> [String: String] {
    let cluster = client.cluster == nil ? [:] : ExportPath.clusterSettings
    return path.settings(under: nil, on: version).merging(cluster) { $1 }
      .filter { Self.limits[$0.key] == nil }
  }

  /// The same, asked of every shard of the client's cluster.
  ///
  /// - Throws: ``UserError`` where a cluster of several shards has no tables over all of them.
  package func overShards() async throws -> ObservationTables {
    guard client.cluster != nil else { return self }
    let cluster = try await Manifest.Cluster(of: client)
    var subject = self
    let front = try Workspace.overShards(database)
    if try await Workspace.exists(front, on: client) {
      subject.front = front
    } else if let cluster, cluster.shards > 1 {
      throw UserError(
        .server,
        "there is no database \(front.name) with tables over all \(cluster.shards) shards of "
          + "\(cluster.name); leave --cluster out, and name the database of your Distributed "
          + "tables with --database")
    }
    return subject
  }

  /// A path's statement with this table and this view in the places of the document's.
  package func sql(of path: ExportPath) -> String {
    var out = ""
    var word = ""
    func flush() {
      switch word {
      case Workspace.table: out += "\(table)"
      case Workspace.view: out += "\(view)"
      default: out += word
      }
      word = ""
    }
    for letter in path.sql {
      if letter.isLetter || letter.isNumber || letter == "_" {
        word.append(letter)
      } else {
        flush()
        out.append(letter)
      }
    }
    flush()
    return out
  }
}

extension ClickHouseError {
  /// Whether a limit ended the question: the answer is unknown, and nothing else is wrong.
  var isLimit: Bool {
    ["MEMORY_LIMIT_EXCEEDED", "TIMEOUT_EXCEEDED", "TOO_SLOW"]
      .contains(serverException?.name ?? "")
  }
}

/// What a check found, or why it could not be made.
package enum Found<Value: Sendable>: Sendable {
  case value(Value)
  /// Why it is not known: one sentence.
  case unknown(String)

  /// What it found, if it could be made.
  package var value: Value? { if case .value(let value) = self { value } else { nil } }

  /// Makes a check; a limit that it hits is an answer too.
  package static func by(
    _ what: String, _ check: () async throws -> Value
  ) async throws -> Found<Value> {
    do { return .value(try await check()) } catch let error as ClickHouseError where error.isLimit {
      return .unknown("\(what) could not be checked within verify's limits: \(error)")
    }
  }
}
