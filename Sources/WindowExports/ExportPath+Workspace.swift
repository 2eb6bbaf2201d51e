// Which settings an export runs with in a workspace.

import ExportPaths
import Workspace

extension ExportPath {
  /// The settings of an export in a workspace; on a cluster with those that make it right there.
  package func settings(
    under profile: SettingsProfile?, on workspace: Workspace
  ) -> [String: String] {
    let own = settings(under: profile, on: workspace.version)
    guard workspace.client.cluster != nil else { return own }
    return Self.clusterSettings.merging(own) { $1 }
  }

  /// The settings of every statement of an export whose answer goes to a client.
  ///
  /// - Parameters:
  ///   - profile: as above.
  ///   - workspace: the server, or cluster.
  ///   - own: laid over those of profile and path.
  /// - Returns: values by name.
  package func exportSettings(
    under profile: SettingsProfile?, on workspace: Workspace, own: [String: String]
  ) -> [String: String] {
    let measured = measuredSettings(under: profile, on: workspace.version, own: own)
    var settings = settings(under: profile, on: workspace).merging(measured) { $1 }
    // An answer that nobody reads any more must not go on using the server.
    settings["cancel_http_readonly_queries_on_client_close"] = "1"
    settings["default_format"] = "Parquet"
    return settings
  }
}
