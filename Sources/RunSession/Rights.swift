// Whether a user has what a command needs: asked of the server, and not tried.

import ClickHouseClient
import ExportPaths
import Failures
import RunStore

/// Asks for the grants of a list.
package struct Rights {
  private let client: Client
  private let database: String
  private let name: String

  /// Prepares to ask.
  ///
  /// - Parameters:
  ///   - client: the server, and the user.
  ///   - database: where the command works.
  package init(_ client: Client, in database: Identifier) {
    // With readonly = 2 the answer would be that nobody may write.
    var endpoint = client.endpoint
    endpoint.guards.isReadOnly = false
    self.client = Client(endpoint, connectionsMax: 1)
    self.database = "\(database)"
    let isWord = database.name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil
    name = isWord ? database.name : "\(database)"
  }

  /// The grants that the user lacks, in the order of the list.
  ///
  /// - Returns: nil where the server is too old to say.
  /// - Throws: ``ClickHouseError``.
  package func lacking(of list: GrantList) async throws -> [Grant]? {
    do {
      // As a rule nothing is lacking, and one question tells.
      guard try await !has(list.grants) else { return [] }
      var lacking: [Grant] = []
      for grant in list.grants where try await !has([grant]) { lacking.append(grant) }
      return lacking
    } catch let error as ClickHouseError where error.serverException?.name == "SYNTAX_ERROR" {
      return nil
    }
  }

  private func has(_ grants: [Grant]) async throws -> Bool {
    struct Row: Decodable { let result: Int }
    let wanted = grants.map { "\($0.privileges) ON \(object(of: $0))" }
    let query = Query("CHECK GRANT \(wanted.joined(separator: ", "))")
    return try await client.rows(query, as: Row.self).first?.result == 1
  }

  /// What is granted on every database of ours is asked for this one.
  private func object(of grant: Grant) -> String {
    grant.object(database).replacing("`exportbench_`*.", with: "\(database).")
  }
}

extension Rights {
  /// Refuses a run or a load that lacks a right, before anything is made.
  ///
  /// - Parameters:
  ///   - manifest: gets a note for each right that it can do without.
  ///   - client: of the server.
  ///   - reached: the server; one of ours denies nothing, and is not asked.
  ///   - list: the list of grants.
  ///   - database: where it works.
  ///   - tell: hears each note that is new.
  /// - Throws: ``UserError`` that names the right; ``ClickHouseError``.
  package static func check(
    for manifest: inout Manifest, _ client: Client, _ reached: Target.Reached, list: String,
    in database: Identifier, tell: (String) -> Void
  ) async throws {
    guard reached.processIDs.isEmpty else { return }
    let rights = Rights(client, in: database)
    // What only reads is asked for less.
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
      throw UserError(
        .server,
        "the user has no \(needed.privileges) ON \(needed.object(name)), and a run "
          + "\(needed.purpose); exportbench grants \(command) prints all that it needs")
    }
    return lacking.map { grant in
      "without GRANT \(grant.privileges) ON \(grant.object(name)): "
        + (grant.without ?? grant.purpose)
    }
  }
}
