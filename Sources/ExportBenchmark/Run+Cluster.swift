// Cluster-specific parts of a run: refused questions and notes on hosts.

import ClickHouseClient
import Failures
import Workspace

extension Run {
  /// Shards on which the view is also measured with the table's codecs; empty if not requested, or
  /// if the client lacks a server of some shard.
  func shardsWithCodecs(_ client: Client) async throws -> [Shard] {
    guard plan.benchmark.viewCodecs else { return [] }
    do { return try await Shard.all(of: client) } catch is UserError { return [] }
  }

  /// Notes before the cluster is queried.
  var clusterNotes: [String] {
    guard let cluster = target.cluster else { return [] }
    return [
      "measured on the cluster \(cluster): peak memory and the server's figures are the "
        + "initiator's, which queries one replica of each shard; the memory of those is "
        + "in samples.csv (shard_memory_peak_bytes); parts and bytes count one replica of each "
        + "shard"
    ]
  }

  /// Note on the view with the table's codecs if it was not measured.
  var codecNotes: [String] {
    let counted = folder.records.storage.contains { $0.role == .viewWithCodecs }
    guard plan.benchmark.viewCodecs, target.cluster != nil, !counted else { return [] }
    return [
      "the view was not measured with the table's codecs, which needs a server of each shard in "
        + "--url"
    ]
  }
}
