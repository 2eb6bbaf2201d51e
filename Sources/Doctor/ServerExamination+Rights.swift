// Checks the user's grants for a run.

import ClickHouseClient
import ExportPaths
import RunSession

extension ServerExamination {
  package func rights() async throws -> [Observation] {
    let lacking: [Grant]?
    do {
      let list = try Catalogue.grants(for: "run")
      lacking = try await Rights(client, in: try Identifier("exportbench_doctor"))
        .lacking(of: list)
    } catch let error as ClickHouseError {
      return [Observation("rights", .caution, "could not be read", "\(error)")]
    }
    guard let lacking else {
      return [
        Observation(
          "rights", .caution, "this version cannot report what a user may do",
          "exportbench run smoke tests it in seconds")
      ]
    }
    guard !lacking.isEmpty else {
      return [Observation("rights", .good, "all that a run needs")]
    }
    return lacking.map { grant in
      Observation(
        "rights", grant.without == nil ? .obstacle : .caution,
        "no \(grant.privileges) ON \(grant.object("exportbench_doctor"))",
        grant.without.map { "without it: \($0)" }
          ?? "a run \(grant.purpose); exportbench grants run prints what it needs")
    }
  }
}
