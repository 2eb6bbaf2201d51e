// What a run asks of the server's logs before it measures anything.

import ClickHouseClient
import Probes
import RunStore

extension Run {
  /// Checks the logs that the plan's figures come from; notes in the manifest what will be missing.
  ///
  /// - Returns: settings that every query needs so that it is logged.
  /// - Throws: ``UserError`` where exports cannot be measured; ``ClickHouseError``.
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
