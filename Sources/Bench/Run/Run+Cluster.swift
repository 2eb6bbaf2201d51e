// What is particular to a run on a cluster: what it refuses to ask, and what it says of hosts.

import ClickHouseClient
import ExportPaths
import Probes
import Results

extension Run {
  /// Where the view is also counted with the table's codecs; nowhere if that is not asked, or if
  /// the client has no server of some shard.
  func shardsWithCodecs(_ client: Client) async throws -> [Shard] {
    guard plan.benchmark.viewCodecs else { return [] }
    do { return try await Shard.all(of: client) } catch is BenchError { return [] }
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

extension Records {
  /// A sentence for each host that was missed, by the attempts that began without it.
  func lossNotes(hosts: [Replica]) -> [String] {
    let missed = samples.flatMap(\.lostHosts) + hosts.filter { $0.answers == 0 }.map(\.address)
    return Set(missed).sorted().map { address in
      let name = hosts.first { $0.address == address }?.description ?? address
      let without = samples.filter { $0.lostHosts.contains(address) }
      let failed = samples.count { $0.status == .failed }
      guard let first = without.first, let last = without.last else {
        return "a host of the cluster was gone at the end: \(name)"
      }
      let isBack = hosts.contains { $0.address == address && $0.answers == 1 }
      return "a host of the cluster was gone from attempt \(first.attempt) (\(first.startedAt)) to "
        + "\(isBack ? "attempt \(last.attempt)" : "the end"): \(name); \(failed) of "
        + "\(samples.count) attempts of the run failed, and the others went by what was there"
    }
  }
}

extension Planned {
  /// Refuses a path that would be wrong on a cluster.
  func refusePathsThatAreNotForClusters() throws {
    for path in listedPaths {
      guard let reason = path.notOnCluster else { continue }
      throw BenchError(
        .input, "the path \(path.name) is not for a cluster: \(reason); leave it out")
    }
  }
}

extension Sample {
  /// The hosts that did not answer when it began.
  fileprivate var lostHosts: [String] {
    (lostReplicas ?? "").split(separator: " ").map(String.init)
  }
}
