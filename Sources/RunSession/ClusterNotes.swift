// Cluster-specific checks of paths, and notes on lost hosts.

import Probes
import Failures
import RunStore

extension Planned {
  package func refusePathsThatAreNotForClusters() throws {
    for path in listedPaths {
      guard let reason = path.notOnCluster else { continue }
      throw UserError.input("the path \(path.name) does not support clusters: \(reason); remove it")
    }
  }
}

extension Records {
  /// One note per lost host, with the attempts that started without it.
  package func lossNotes(hosts: [Replica]) -> [String] {
    let missed = samples.flatMap(\.lostHosts) + hosts.filter { $0.answers == 0 }.map(\.address)
    return Set(missed).sorted().map { address in
      let name = hosts.first { $0.address == address }?.description ?? address
      let without = samples.filter { $0.lostHosts.contains(address) }
      let failed = samples.count { $0.status == .failed }
      guard let first = without.first, let last = without.last else {
        return "a host of the cluster was unreachable at the end: \(name)"
      }
      let isBack = hosts.contains { $0.address == address && $0.answers == 1 }
      return "a host of the cluster was unreachable from attempt \(first.attempt) "
        + "(\(first.startedAt)) to \(isBack ? "attempt \(last.attempt)" : "the end"): \(name); "
        + "\(failed) of \(samples.count) attempts of the run failed, and the others used the "
        + "remaining hosts"
    }
  }
}

extension Sample {
  /// Unreachable hosts at the start of the attempt.
  fileprivate var lostHosts: [String] {
    (lostReplicas ?? "").split(separator: " ").map(String.init)
  }
}
