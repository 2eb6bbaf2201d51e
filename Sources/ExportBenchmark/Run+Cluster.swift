// What is particular to a run on a cluster: what it refuses to ask, and what it says of hosts.

import ClickHouseClient
import Failures
import Workspace

extension Run {
  /// Where the view is also counted with the table's codecs; nowhere if that is not asked, or if
  /// the client has no server of some shard.
  func shardsWithCodecs(_ client: Client) async throws -> [Shard] {
    guard plan.benchmark.viewCodecs else { return [] }
    do { return try await Shard.all(of: client) } catch is UserError { return [] }
  }

  /// What a manifest says of a cluster before it is asked anything.
  var clusterNotes: [String] {
    guard let cluster = target.cluster else { return [] }
    return [
      "measured on the cluster \(cluster): peak memory and the server's figures are the "
        + "initiator's, which sends its queries to one replica of each shard; what those held is "
        + "in samples.csv (shard_memory_peak_bytes); parts and bytes count one replica of each "
        + "shard"
    ]
  }

  /// What is said of the view with the table's codecs, where it could not be counted.
  var codecNotes: [String] {
    let counted = folder.records.storage.contains { $0.role == .viewWithCodecs }
    guard plan.benchmark.viewCodecs, target.cluster != nil, !counted else { return [] }
    return [
      "the view was not counted with the table's codecs, which needs a server of each shard in "
        + "--url"
    ]
  }
}
