// Merges the runs of several drivers with a common plan.
//
// Each driver measured its share (`--part 2/8`) of the repeats and recorded its share of the
// inserts. Only attempts are renumbered, so the merged run equals that of a single driver.

import Analysis
import Failures
import Foundation
import RunStore
import Units

package struct RunMerge {
  private let runs: [RecordedRun]

  /// Checks that the runs have the same plan and environment, and that each share is present once.
  ///
  /// - Parameter runs: with names for error messages.
  /// - Throws: ``UserError`` that names the first difference and its run.
  package init(_ runs: [(name: String, run: RecordedRun)]) throws(UserError) {
    guard let first = runs.first else {
      throw UserError(.input, "there is no run to merge; give the folders of the drivers")
    }
    var seen: [DriverShard: String] = [:]
    for (name, run) in runs {
      guard let part = run.manifest.part else {
        throw UserError(
          .input, "\(name) is not a driver's share; measure one with --part")
      }
      guard run.manifest.complete else {
        throw UserError(
          .input,
          "\(name) is not complete; "
            + (run.manifest.traffic == nil
              ? "resume it with: exportbench run --resume \(name.shellWord)" : "repeat the load"))
      }
      if let twice = seen.updateValue(name, forKey: part) {
        throw UserError(
          .input, "\(twice) and \(name) are both part \(part); remove one of them")
      }
      for (what, value) in Self.whatMustBeEqual
      where value(run.manifest) != value(first.run.manifest) {
        throw UserError(
          .input,
          "\(name) cannot be merged with \(first.name), because \(what) differs; measure "
            + "all parts with the same files, versions and settings")
      }
    }
    let count = first.run.manifest.part?.count ?? 1
    for number in 1...count where !seen.keys.contains(where: { $0.number == number }) {
      throw UserError(.input, "part \(number)/\(count) is missing; give its folder as well")
    }
    self.runs = runs.map(\.run).sorted {
      ($0.manifest.part?.number ?? 0) < ($1.manifest.part?.number ?? 0)
    }
  }

  private static let whatMustBeEqual: [(String, @Sendable (Manifest) -> String)] = [
    ("the number of parts", { "\($0.part?.count ?? 0)" }),
    ("exportbench", \.toolVersion), ("the benchmark", \.benchmark.text),
    ("the dataset", \.dataset.text), ("the seed", { "\($0.seed)" }),
    ("the kind of server", \.engine.kind), ("the server's version", \.engine.version),
    ("the cluster", { $0.cluster.map { "\($0.name) \($0.shards)" } ?? "" }),
    ("the settings", { text($0.settings) }),
    ("the paths", { $0.paths.map { "\($0.name) \($0.sql)" }.joined(separator: "\n") }),
    ("the merge states", { $0.mergeStates.joined(separator: ",") }),
    ("the load", { $0.traffic.map { "\($0)" } ?? "" }),
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
      manifest.part = nil
      manifest.run = folder.name
      manifest.arguments = arguments
      manifest.notes = runs.flatMap(\.manifest.notes).reduce(into: []) {
        if !$0.contains($1) { $0.append($1) }
      }
      manifest.notes.append(
        "merged from \(runs.count) drivers: "
          + runs.map { "\($0.manifest.run) on \($0.manifest.machine.cpu)" }.joined(separator: ", "))
      for sample in samples { try folder.append(sample) }
      for run in runs { for insert in run.records.inserts { try folder.append(insert) } }
      // All drivers had the whole dataset in their tables, so one of them is used.
      for storage in runs[0].records.storage { try folder.append(storage) }
      for column in runs[0].records.columns { try folder.append(column) }
      for run in runs {
        for difference in run.records.differences { try folder.append(difference) }
      }
      for check in verifications { try folder.append(check) }
      if manifest.traffic != nil { try LoadMerge(runs.map(\.records)).write(into: folder) }
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
    var found: [VerificationSample] = []
    for check in runs.flatMap(\.records.verifications) {
      let place = found.firstIndex {
        $0.mergeState == check.mergeState && $0.path == check.path && $0.window == check.window
      }
      guard let place else {
        found.append(check)
        continue
      }
      if found[place].status == .ok { found[place] = check }
    }
    return found
  }
}
