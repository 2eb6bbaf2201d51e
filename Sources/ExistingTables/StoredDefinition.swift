// Parses a view's definition as printed by the server.

import Workspace

package enum StoredDefinition {
  /// The name after `TO`, or that of the inner table.
  package static func targetName(
    of create: String, _ uuid: String, in database: String, _ view: String
  ) -> (String, String) {
    if let target = viewTarget(of: create) { return (target.database ?? database, target.name) }
    let isAtomic = uuid != "00000000-0000-0000-0000-000000000000"
    return (database, isAtomic ? ".inner_id.\(uuid)" : ".inner.\(view)")
  }

  /// The arguments of a ReplacingMergeTree without a replica's path and name; empty for other
  /// engines.
  package static func arguments(of engine: String) -> [String] {
    guard let open = engine.firstRange(of: "ReplacingMergeTree("),
      let close = engine[open.upperBound...].firstIndex(of: ")")
    else { return [] }
    return engine[open.upperBound..<close].split(separator: ",").map {
      $0.filter { $0 != " " && $0 != "`" }
    }.filter { !$0.hasPrefix("'") }
  }
}
