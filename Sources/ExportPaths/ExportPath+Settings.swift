// Settings of an export: the profile's, then the path's, restricted to those that the server
// version knows.

import ClickHouseClient
import ClickHouseSQL
import Failures

extension SettingsProfile.Setting {
  package func isKnown(to version: ServerVersion) -> Bool {
    guard let first = since.flatMap({ ServerVersion(parsing: $0) }) else { return true }
    return version >= first
  }
}

extension ExportPath {
  /// The settings of an export without the benchmark's: the profile's, workarounds for the server
  /// version, and the path's; later ones win.
  ///
  /// - Parameters:
  ///   - profile: the benchmark's; a path's own profile wins.
  ///   - version: the server's. Settings that it does not know are omitted.
  package func settings(under profile: SettingsProfile?, on version: ServerVersion) -> [String:
    String]
  {
    func values(_ settings: [SettingsProfile.Setting]) -> [String: String] {
      settings.filter { $0.isKnown(to: version) }.reduce(into: [:]) { $0[$1.name] = $1.value }
    }
    return values((self.profile ?? profile)?.settings ?? [])
      .merging(Self.versionSettings(on: version)) { $1 }
      .merging(values(settings)) { $1 }
  }

  /// Settings of every export on a cluster. A subquery on a Distributed table reads the shard's
  /// local table: all versions of an observation are on one shard, and part names and offsets are
  /// local. The first available replica is read, because another one's caches are cold.
  package static let clusterSettings = [
    "distributed_product_mode": "local", "load_balancing": "in_order",
  ]

  /// Additional settings for exports of a load test: replicas are read round-robin, as in
  /// production.
  package static let loadClusterSettings = clusterSettings.merging(["load_balancing": "round_robin"]
  ) { $1 }

  /// Checks that the server knows the settings without which the path is wrong.
  ///
  /// - Throws: ``UserError`` with the setting's name.
  package func checkNeeds(on version: ServerVersion) throws {
    guard let lacking = settings.first(where: { $0.isNeeded && !$0.isKnown(to: version) })
    else { return }
    throw UserError.input(
      "the path \(name) is only correct with \(lacking.name), which ClickHouse \(version) "
        + "does not have; choose another one, such as newest-version")
  }

  /// The settings of a measured export, without those for clusters. Counts memory finely unless
  /// path or benchmark override it.
  ///
  /// - Parameter own: the benchmark's, which override those of profile and path.
  package func measuredSettings(
    under profile: SettingsProfile?, on version: ServerVersion, own: [String: String]
  ) -> [String: String] {
    settings(under: profile, on: version).merging(UntrackedMemory.settings) { $1 }
      .merging(ownSettings.filter { $0.key == UntrackedMemory.setting }) { $1 }
      .merging(own) { $1 }
  }

  /// Names of settings that the server is too old for.
  package func unknownSettings(under profile: SettingsProfile?, on version: ServerVersion)
    -> [String]
  {
    applied(under: profile).filter { !$0.isKnown(to: version) }.map(\.name)
  }

  /// Profile and statements as one executable text, with the head lines that affect execution
  /// first. For people and files; contains no secrets, so equal scripts may differ in passwords.
  package func script(under profile: SettingsProfile?) -> String {
    let head =
      (slice.map { ["-- slice: \($0)"] } ?? [])
      + (needs.isEmpty ? [] : ["-- needs: \(needs.joined(separator: ", "))"])
    let lines = (self.profile ?? profile)?.settings.map(\.statement) ?? []
    let sql = (lines + [text]).joined(separator: "\n")
    return (head + [SecretMask.masked(sql: sql)]).joined(separator: "\n")
  }

  private func applied(under profile: SettingsProfile?) -> [SettingsProfile.Setting] {
    ((self.profile ?? profile)?.settings ?? []) + settings
  }
}
