// Which settings an export runs with: a profile's, then the path's own, as far as a server knows
// them.

import ClickHouseClient
import ClickHouseSQL
import Failures

extension SettingsProfile.Setting {
  /// Whether a server knows it.
  package func isKnown(to version: ServerVersion) -> Bool {
    guard let first = since.flatMap({ ServerVersion(parsing: $0) }) else { return true }
    return version >= first
  }
}

extension ExportPath {
  /// The settings of an export, but for those that a benchmark lays over them: a profile's, what a
  /// defect of the server's version needs, and the path's own, of which the later count more.
  ///
  /// - Parameters:
  ///   - profile: the benchmark's, which counts where the path has none of its own.
  ///   - version: the server's. What it does not know yet is left out.
  /// - Returns: values by name.
  package func settings(under profile: SettingsProfile?, on version: ServerVersion) -> [String:
    String]
  {
    func values(_ settings: [SettingsProfile.Setting]) -> [String: String] {
      settings.filter { $0.isKnown(to: version) }.reduce(into: [:]) { $0[$1.name] = $1.value }
    }
    return values((self.profile ?? profile)?.settings ?? [])
      .merging(ServerDefect.workarounds(on: version)) { $1 }
      .merging(values(settings)) { $1 }
  }

  /// What every export on a cluster runs with. A subquery that names a table over all shards reads
  /// the shard's own: all versions of an observation are there, and so are the parts and offsets by
  /// which a path names rows. Of a shard the first replica that is there is read, because another
  /// one's caches know nothing of the last attempt.
  package static let clusterSettings = [
    "distributed_product_mode": "local", "load_balancing": "in_order",
  ]

  /// What exports of a load run with beyond that: any replica may be read, as in production, and
  /// each in its turn.
  package static let loadClusterSettings = clusterSettings.merging(["load_balancing": "round_robin"]
  ) { $1 }

  /// Makes sure that a server has what the path is not right without.
  ///
  /// - Throws: ``UserError`` that names the setting.
  package func checkNeeds(on version: ServerVersion) throws {
    guard let lacking = settings.first(where: { $0.isNeeded && !$0.isKnown(to: version) })
    else { return }
    throw UserError(
      .input,
      "the path \(name) is only right with \(lacking.name), which ClickHouse \(version) "
        + "does not have; choose another one, such as newest-version")
  }

  /// The settings of a measured export, but for those that a cluster needs: as above, with memory
  /// counted finely unless the path or the benchmark says otherwise.
  ///
  /// - Parameters:
  ///   - profile: as above.
  ///   - version: the server's.
  ///   - own: the benchmark's, laid over those of profile and path.
  /// - Returns: values by name.
  package func measuredSettings(
    under profile: SettingsProfile?, on version: ServerVersion, own: [String: String]
  ) -> [String: String] {
    settings(under: profile, on: version).merging(UntrackedMemory.settings) { $1 }
      .merging(ownSettings.filter { $0.key == UntrackedMemory.setting }) { $1 }
      .merging(own) { $1 }
  }

  /// Which settings a server is too old for, by name.
  package func unknownSettings(under profile: SettingsProfile?, on version: ServerVersion)
    -> [String]
  {
    applied(under: profile).filter { !$0.isKnown(to: version) }.map(\.name)
  }

  /// Profile and statements as one text, which a client would take as it is. What of the head says
  /// how they are run comes first. It is for people and files, and has no secrets: two paths whose
  /// scripts are the same do the same, but may do it with other passwords.
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
