// Settings of an export in a workspace.

import ExportPaths
import Workspace

extension ExportPath {
  /// With those for clusters, if the workspace is on one.
  package func settings(
    under profile: SettingsProfile?, on workspace: Workspace
  ) -> [String: String] {
    let own = settings(under: profile, on: workspace.version)
    guard workspace.client.cluster != nil else { return own }
    return Self.clusterSettings.merging(own) { $1 }
  }

  /// The settings of every statement of an export whose result is sent to a client.
  ///
  /// - Parameter own: overrides those of profile and path.
  package func exportSettings(
    under profile: SettingsProfile?, on workspace: Workspace, own: [String: String]
  ) -> [String: String] {
    let measured = measuredSettings(under: profile, on: workspace.version, own: own)
    var settings = settings(under: profile, on: workspace).merging(measured) { $1 }
    // An abandoned query must not continue to use the server.
    settings["cancel_http_readonly_queries_on_client_close"] = "1"
    settings["default_format"] = "Parquet"
    return settings
  }
}
