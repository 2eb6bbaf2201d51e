// Checks the server's logs before a run.

import ClickHouseClient
import Probes
import RunStore

extension Run {
  /// Checks the logs that the plan's figures need; notes missing ones in the manifest.
  ///
  /// - Returns: settings that every query needs to be logged.
  /// - Throws: ``UserError`` if exports cannot be measured; ``ClickHouseError``.
  func checkLogs(
    _ client: Client, _ version: ServerVersion, _ manifest: inout Manifest
  ) async throws -> [String: String] {
    var optional: [LogCheck.Log] = []
    if plan.source.dataset != nil { optional += [.part, .views] }
    if plan.benchmark.writes.legs.contains(where: { $0.mode == .async }) {
      optional.append(.gathered)
    }
    let check = try await LogCheck(
      client, version: version, needsQueryLog: !plan.paths.isEmpty, optional: optional)
    try check.refuseObstacles()
    for finding in check.findings where !manifest.notes.contains(finding.sentence) {
      manifest.notes.append(finding.sentence)
      tell(.step(finding.sentence))
    }
    return check.settings
  }
}
