// Checks on the server whether a user has the required grants.

import ClickHouseClient
import ExportPaths
import Failures
import RunStore

package struct Rights {
  private let client: Client
  private let database: String
  private let name: String

  /// - Parameter database: the one that the command works in.
  package init(_ client: Client, in database: Identifier) {
    // With readonly = 2 the server would report no right to write.
    var endpoint = client.endpoint
    endpoint.guards.isReadOnly = false
    self.client = Client(endpoint, connectionsMax: 1)
    self.database = "\(database)"
    let isWord = database.name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil
    name = isWord ? database.name : "\(database)"
  }

  /// Missing grants, in the order of the list.
  ///
  /// - Returns: nil if the server is too old for `CHECK GRANT`.
  /// - Throws: ``ClickHouseError``.
  package func lacking(of list: GrantList) async throws -> [Grant]? {
    do {
      // Usually none is missing, and one query is enough.
      guard try await !has(list.grants) else { return [] }
      var lacking: [Grant] = []
      for grant in list.grants where try await !has([grant]) { lacking.append(grant) }
      return lacking
    } catch let error as ClickHouseError where error.serverException?.name == "SYNTAX_ERROR" {
      return nil
    }
  }

  private func has(_ grants: [Grant]) async throws -> Bool {
    let wanted = grants.map { "\($0.privileges) ON \(object(of: $0))" }
    let query = Query("CHECK GRANT \(wanted.joined(separator: ", "))")
    return try await client.values(query, as: Int.self).first == 1
  }

  /// Grants on the pattern of run databases are checked for this database.
  private func object(of grant: Grant) -> String {
    grant.object(database).replacing("`exportbench_`*.", with: "\(database).")
  }
}

extension Rights {
  /// Checks the grants of a run or a load before anything is created.
  ///
  /// - Parameters:
  ///   - manifest: receives a note per missing optional grant.
  ///   - reached: an embedded server is not checked.
  ///   - tell: called for each new note.
  /// - Throws: ``UserError`` that names the missing grant; ``ClickHouseError``.
  package static func check(
    for manifest: inout Manifest, _ client: Client, _ reached: Target.Reached, list: String,
    in database: Identifier, tell: (String) -> Void
  ) async throws {
    guard reached.processIDs.isEmpty else { return }
    let rights = Rights(client, in: database)
    // Read-only runs need fewer grants.
    var lists = [list]
    if client.cluster != nil { lists += list == "run" ? ["cluster", "cluster-run"] : ["cluster"] }
    for list in lists {
      for note in try await rights.check(list) where !manifest.notes.contains(note) {
        manifest.notes.append(note)
        tell(note)
      }
    }
  }

  private func check(_ command: String) async throws -> [String] {
    let list = try Catalogue.grants(for: command)
    guard let lacking = try await lacking(of: list) else { return [] }
    if let needed = lacking.first(where: { $0.without == nil }) {
      throw UserError.server(
        "the user has no \(needed.privileges) ON \(needed.object(name)), and a run "
          + "\(needed.purpose); exportbench grants \(command) prints all required grants")
    }
    return lacking.map { grant in
      "without GRANT \(grant.privileges) ON \(grant.object(name)): "
        + (grant.without ?? grant.purpose)
    }
  }
}
