// The sequence that runs and load tests share: start or reach the server, check it, measure, and
// complete the folder, whatever ends the run.

import Analysis
import ClickHouseClient
import ExportPaths
import Failures
import Foundation
import Probes
import RunStore
import Units
import Workspace

/// News of a run's progress.
package protocol ProgressNews: Sendable {
  /// A step begins, in words.
  static func step(_ words: String) -> Self
}

/// The server of a session, when it answers.
package struct SessionServer {
  package let reached: Target.Reached
  package let version: ServerVersion
  /// What ``Measurement/prepare(_:)`` returned; empty before.
  package let settings: [String: String]
  /// Its queries carry these settings.
  package let client: Client
}

/// What an experiment adds to the sequence of a session.
package protocol Measurement {
  /// Timeouts of the session's client.
  var timeouts: Timeouts { get }
  /// The list of grants that the user needs, and where.
  var rights: (list: String, database: Identifier) { get throws }
  /// How much is recorded, such as `12 attempts`.
  var progress: String { get }
  /// The highest resident set of this process, in bytes; nil where it was not measured.
  var driverRSSPeakBytes: Int? { get }
  /// Completes the manifest before the server is asked anything.
  func describe(_ manifest: inout Manifest)
  /// Checks the server before anything is made on it.
  ///
  /// - Returns: settings that every query needs.
  func prepare(_ server: SessionServer) async throws -> [String: String]
  /// Measures what is not recorded yet.
  func measure(_ server: SessionServer) async throws
  /// Reacts to a failure of ``measure(_:)``, also in a cancelled task.
  func abandon() async
}

extension Measurement {
  package func prepare(_ server: SessionServer) async throws -> [String: String] { [:] }
  package func abandon() async {}
}

/// A run of one plan on one target into one folder.
package final class RunSession<Plan: Planned, News: ProgressNews> {
  package let plan: Plan
  package let target: Target
  package let folder: RunFolder
  package let tell: @Sendable (News) -> Void
  package let proof: AllocatorProof
  package var manifest: Manifest
  /// The databases that the run made; the session drops them at its end.
  package var workspaces: [Workspace] = []
  private let clock = ContinuousClock()
  /// Nil for a folder that is resumed.
  private let removal: PendingCleanup?

  /// Prepares a session; `folder` is new, or holds the beginning of the same run.
  package init(
    _ plan: Plan, on target: Target, into folder: RunFolder,
    tell: @escaping @Sendable (News) -> Void
  ) {
    self.plan = plan
    self.target = target
    self.folder = folder
    self.tell = tell
    // Before the manifest: it counts the rows of the dataset, which may take minutes.
    removal = folder.resumed == nil ? folder.removalIfEmpty() : nil
    proof = AllocatorProof.take()
    manifest = Manifest(of: plan, in: folder, on: target, proof)
  }

  /// Measures, and concludes.
  ///
  /// When this throws, what was measured until then is in the folder, with conclusions; a new
  /// folder without records is removed.
  package func execute(_ measurement: some Measurement) async throws -> Findings {
    defer { removal?.discharge() }
    do {
      tell(.step("starting"))
      if target.cluster != nil { try plan.refusePathsThatAreNotForClusters() }
      measurement.describe(&manifest)
      if let begun = folder.resumed {
        try ResumeCheck(folder: folder.path).refuseDifferences(between: begun, and: manifest)
        manifest.resume(begun, at: timestamp())
        try await folder.clear("engine")
      } else {
        try writeManifest()
      }
      return try await target.reach(folder: folder.path + "/engine", keep: plan.keep) {
        try await measure(measurement, $0)
      }
    } catch {
      if folder.records.isEmpty, folder.resumed == nil { folder.remove() }
      throw error
    }
  }

  private func measure(
    _ measurement: some Measurement, _ reached: Target.Reached
  ) async throws -> Findings {
    let began = clock.now
    let client = reached.client(timeouts: measurement.timeouts)
    let version = try await client.serverVersion()
    try await plan.checkSettings(client, version)
    manifest.add(plan.notes(on: version))
    if !plan.listedPaths.isEmpty {
      manifest.engine.workarounds = ExportPath.versionSettings(on: version)
    }
    try await manifest.name(client, version)
    if let begun = folder.resumed {
      try ResumeCheck(folder: folder.path).refuseOtherServer(than: begun, manifest)
    }
    let (list, database) = try measurement.rights
    try await Rights.check(for: &manifest, client, reached, list: list, in: database) {
      tell(.step($0))
    }
    let settings = try await measurement.prepare(
      SessionServer(reached: reached, version: version, settings: [:], client: client))
    let server = SessionServer(
      reached: reached, version: version, settings: settings, client: client.adding(settings))
    do {
      try await measurement.measure(server)
      manifest.notes += folder.records.lossNotes(hosts: try await Replica.all(from: server.client))
      for workspace in workspaces { try await workspace.end() }
      manifest.complete = true
      manifest.status = "done"
      return try finish(measurement, began)
    } catch {
      let pending = PendingCleanup()
      defer { pending.discharge() }
      manifest.status = "ended early after \(measurement.progress): \(firstLine(error))"
      if !folder.records.isEmpty { _ = try? finish(measurement, began) }
      await measurement.abandon()
      for workspace in workspaces { try? await workspace.end() }
      throw error
    }
  }

  private func finish(
    _ measurement: some Measurement, _ began: ContinuousClock.Instant
  ) throws -> Findings {
    try folder.finish(
      &manifest, wallMs: (clock.now - began) / .milliseconds(1),
      driverRSSPeakBytes: measurement.driverRSSPeakBytes)
  }

  package func writeManifest() throws { try folder.write(&manifest) }

  /// Reports a sentence now and in every report, once.
  package func note(_ sentence: String?) {
    guard let sentence, !manifest.notes.contains(sentence) else { return }
    manifest.notes.append(sentence)
    tell(.step(sentence))
  }
}
