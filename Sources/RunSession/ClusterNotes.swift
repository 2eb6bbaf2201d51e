// What a run on a cluster refuses, and what it says of hosts that were gone.

import Probes
import Failures
import RunStore

extension Planned {
  /// Refuses a path that would be wrong on a cluster.
  package func refusePathsThatAreNotForClusters() throws {
    for path in listedPaths {
      guard let reason = path.notOnCluster else { continue }
      throw UserError(
        .input, "the path \(path.name) is not for a cluster: \(reason); leave it out")
    }
  }
}

extension Records {
  /// A sentence for each host that was missed, by the attempts that began without it.
  package func lossNotes(hosts: [Replica]) -> [String] {
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

extension Sample {
  /// The hosts that did not answer when it began.
  fileprivate var lostHosts: [String] {
    (lostReplicas ?? "").split(separator: " ").map(String.init)
  }
}
