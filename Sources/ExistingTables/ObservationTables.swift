// An existing table and its view, and limits that make every query on them bounded and read-only.

import ClickHouseClient
import ExportPaths
import Failures
import RunStore
import Workspace

package struct ObservationTables: Sendable {
  package let client: Client
  package let database: Identifier
  /// Database for queries on rows; on a cluster that of the Distributed tables.
  package private(set) var front: Identifier
  package let table: Identifier
  /// The view that replaces it.
  package let view: Identifier

  package init(client: Client, database: Identifier, table: Identifier, view: Identifier) {
    self.client = client
    self.database = database
    front = database
    self.table = table
    self.view = view
  }

  /// Memory limit of one query on the server: 8 GiB.
  package static let memoryMaxBytes = 8 << 30
  /// Time limit of one query: 10 minutes.
  package static let secondsMax = 600
  /// Thread limit of one query, because other users share the server.
  package static let threadsMax = 4

  /// Settings of every query. With `readonly = 2` the server refuses writes.
  package static let limits = [
    "readonly": "2",
    "max_memory_usage": "\(memoryMaxBytes)",
    "max_execution_time": "\(secondsMax)",
    "timeout_before_checking_execution_speed": "0",
    "max_threads": "\(threadsMax)",
    "cancel_http_readonly_queries_on_client_close": "1",
  ]

  /// A query with the limits.
  package func query(
    _ sql: String, _ parameters: [String: Parameter] = [:], _ settings: [String: String] = [:]
  ) -> Query {
    Query(
      sql, parameters: parameters, settings: Self.limits.merging(settings) { $1 },
      logComment: "exportbench verify", database: front.name)
  }

  /// The settings without which a path is wrong, except those that the limits define.
  package func settings(of path: ExportPath, on version: ServerVersion) -> [String: String] {
    let cluster = client.cluster == nil ? [:] : ExportPath.clusterSettings
    return path.settings(under: nil, on: version).merging(cluster) { $1 }
      .filter { Self.limits[$0.key] == nil }
  }

  /// The same, for queries on every shard of the client's cluster.
  ///
  /// - Throws: ``UserError`` if a cluster of several shards has no Distributed tables.
  package func overShards() async throws -> ObservationTables {
    guard client.cluster != nil else { return self }
    let cluster = try await Manifest.Cluster(of: client)
    var subject = self
    let front = try Workspace.overShards(database)
    if try await Workspace.exists(front, on: client) {
      subject.front = front
    } else if let cluster, cluster.shards > 1 {
      throw UserError.server(
        "there is no database \(front.name) with tables over all \(cluster.shards) shards of "
          + "\(cluster.name); leave --cluster out, and name the database of your Distributed "
          + "tables with --database")
    }
    return subject
  }

  /// A path's statement with the suite's table and view replaced by these.
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
  /// Whether a limit ended the query, so that the result is unknown.
  var isLimit: Bool {
    ["MEMORY_LIMIT_EXCEEDED", "TIMEOUT_EXCEEDED", "TOO_SLOW"]
      .contains(serverException?.name ?? "")
  }
}

/// The result of a check, or why it could not be made.
package enum Found<Value: Sendable>: Sendable {
  case value(Value)
  /// One sentence.
  case unknown(String)

  package var value: Value? { if case .value(let value) = self { value } else { nil } }

  /// Runs a check; reaching a limit is a result too.
  package static func by(
    _ what: String, _ check: () async throws -> Value
  ) async throws -> Found<Value> {
    do { return .value(try await check()) } catch let error as ClickHouseError where error.isLimit {
      return .unknown("\(what) could not be checked within verify's limits: \(error)")
    }
  }
}
