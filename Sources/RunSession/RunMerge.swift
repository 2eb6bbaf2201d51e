// Merges the runs of several drivers with a common plan.
//
// Each driver had its share (`--driver 2/8`): it made the repeats and kept the pairs of inserts
// of that share alone. So nothing is renumbered but the order of attempts, and what the merged run
// holds is what one driver would have recorded.

import Analysis
import Failures
import Foundation
import RunStore
import Units

package struct RunMerge {
  private let runs: [RecordedRun]

  /// Checks that the runs are the shares of one plan: each driver once, all of them, and everything
  /// that numbers depend on the same.
  ///
  /// - Parameter runs: with names for error messages.
  /// - Throws: ``UserError`` that names the first difference and its run.
  package init(_ runs: [(name: String, run: RecordedRun)]) throws(UserError) {
    guard let first = runs.first else {
      throw UserError.input("there is no run to merge; give the folders of the drivers")
    }
    var seen: [DriverShard: String] = [:]
    for (name, run) in runs {
      guard let driver = run.manifest.driver else {
        throw UserError.input(
          "\(name) is not the run of one of several drivers; measure a share with --driver")
      }
      guard run.manifest.complete else {
        throw UserError.input(
          "\(name) is not complete; "
            + (run.manifest.loadTest == nil
              ? "resume it with: exportbench run --resume \(name.shellWord)"
              : "repeat the load test"))
      }
      if let twice = seen.updateValue(name, forKey: driver) {
        throw UserError.input(
          "\(twice) and \(name) are both of driver \(driver); leave one of them out")
      }
      for (what, value) in Self.whatMustBeEqual
      where value(run.manifest) != value(first.run.manifest) {
        throw UserError.input(
          "\(name) cannot be merged with \(first.name), because \(what) is not the same; measure "
            + "the shares of one plan with the same files, versions and settings")
      }
    }
    let count = first.run.manifest.driver?.count ?? 1
    for number in 1...count where !seen.keys.contains(where: { $0.number == number }) {
      throw UserError.input("driver \(number)/\(count) is missing; name its folder as well")
    }
    self.runs = runs.map(\.run).sorted {
      ($0.manifest.driver?.number ?? 0) < ($1.manifest.driver?.number ?? 0)
    }
  }

  private static let whatMustBeEqual: [(String, @Sendable (Manifest) -> String)] = [
    ("the number of drivers", { "\($0.driver?.count ?? 0)" }),
    ("exportbench", \.toolVersion), ("the benchmark", \.benchmark.text),
    ("the dataset", \.dataset.text), ("the seed", { "\($0.seed)" }),
    ("the kind of server", \.engine.kind), ("the server's version", \.engine.version),
    ("the cluster", { $0.cluster.map { "\($0.name) \($0.shards)" } ?? "" }),
    ("the settings", { text($0.settings) }),
    ("the paths", { $0.paths.map { "\($0.name) \($0.sql)" }.joined(separator: "\n") }),
    ("the merge states", { $0.mergeStates.joined(separator: ",") }),
    ("the load", { $0.loadTest.map { "\($0)" } ?? "" }),
  ]

  private static func text(_ settings: [String: [String: String]]) -> String {
    settings.sorted { $0.key < $1.key }.flatMap { group in
      group.value.sorted { $0.key < $1.key }.map { "\(group.key) \($0.key) \($0.value)" }
    }.joined(separator: "\n")
  }

  /// Writes the merged run and returns its findings.
  ///
  /// - Parameter arguments: the command line.
  /// - Throws: ``UserError`` if the folder cannot be written.
  package func write(into folder: RunFolder, arguments: [String]) throws -> Findings {
    let pending = PendingCleanup { [path = folder.path] in
      try? FileManager.default.removeItem(atPath: path)
    }
    defer { pending.discharge() }
    do {
      var manifest = runs[0].manifest
      manifest.driver = nil
      manifest.schemaVersion = Manifest.currentSchemaVersion
      manifest.run = folder.name
      manifest.arguments = arguments
      manifest.notes = runs.flatMap(\.manifest.notes).uniqued()
      manifest.notes.append(
        "merged from \(runs.count) drivers: "
          + runs.map { "\($0.manifest.run) on \($0.manifest.machine.cpu)" }.joined(separator: ", "))
      try folder.append(samples)
      for run in runs { try folder.append(run.records.inserts) }
      // All drivers had the whole dataset in their tables, so one of them is used.
      try folder.append(runs[0].records.storage)
      for column in runs[0].records.columns { try folder.append(column) }
      for run in runs { try folder.append(run.records.differences) }
      try folder.append(verifications)
      if manifest.loadTest != nil {
        try LoadMerge(drivers: runs.map(\.records)).write(into: folder)
      }
      try folder.write(&manifest)
      return try folder.conclude(manifest)
    } catch {
      folder.remove()
      throw error
    }
  }

  /// All attempts by start time, renumbered.
  private var samples: [Sample] {
    let all = runs.flatMap(\.records.samples).sorted {
      ($0.startedAt, $0.attempt) < ($1.startedAt, $1.attempt)
    }
    return all.enumerated().map { place, sample in
      var sample = sample
      sample.attempt = place + 1
      return sample
    }
  }

  /// Of several checks of an answer, a failed one if there is any.
  private var verifications: [VerificationSample] {
    runs.flatMap(\.records.verifications).grouped { [$0.mergeState, $0.path, $0.window] }
      .map { _, checks in checks.first { $0.status != .ok } ?? checks[checks.count - 1] }
  }
}
