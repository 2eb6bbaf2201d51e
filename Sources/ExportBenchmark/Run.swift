// A run of an export benchmark: in a separate database, or on existing tables.

import ClickHouseClient
import ClickHouseSQL
import Analysis
import ExportPaths
import InsertBenchmark
import Probes
import RunSession
import RunStore
import Workspace

/// News of a run's progress.
package enum RunNews: ProgressNews {
  /// A step begins, in words.
  case step(String)
  /// So many of the dataset's rows are in both tables.
  case loaded(rows: Int, of: Int, bytes: Int, seconds: Double)
  /// A round of inserts begins.
  case writing(WriteBench.Progress, seconds: Double)
  /// An attempt begins; `known` is what the attempts of its kind came to so far.
  case measuring(PlannedAttempt, attempt: Int, of: Int, seconds: Double, known: PeakHistory.Known)
  /// An attempt under a memory limit begins; how it ended is not known yet.
  case probing(MemoryLimitProbe)
  /// An attempt failed, and the run goes on.
  case failed(Sample)
  /// A path's answer is not what it must be, and the run goes on.
  case wrong(VerificationSample, [DifferenceSample])
}

/// The session of a run, which its steps share.
typealias ExportSession = RunSession<RunPlan, RunNews>

/// A run under way.
package final class Run: Measurement {
  private let session: ExportSession
  private var plan: RunPlan { session.plan }

  /// Prepares a run; its files go into `folder`, which may hold the beginning of the same run.
  package init(
    _ plan: RunPlan, on target: Target, into folder: RunFolder,
    tell: @escaping @Sendable (RunNews) -> Void
  ) {
    session = ExportSession(plan, on: target, into: folder, tell: tell)
  }

  /// Measures everything that the plan asks for and is not recorded, and concludes.
  package func execute() async throws -> Findings { try await session.execute(self) }

  /// Asks the run's server whether it accepts the settings, and measures nothing; of an embedded
  /// one the files are in `folder` meanwhile. So a sweep checks all servers before it begins.
  package static func check(_ plan: RunPlan, on target: Target, folder: String) async throws {
    try await target.reach(folder: folder, keep: false) {
      let client = $0.client()
      try await plan.checkSettings(client, try await client.serverVersion())
    }
  }

  /// A query may rightly be silent for minutes; a server that is silent for longer has hung.
  package var timeouts: Timeouts { Timeouts(connect: .seconds(10), idle: .seconds(1800)) }

  package var rights: (list: String, database: Identifier) {
    get throws {
      switch plan.source {
      case .dataset: ("run", try Workspace.database(of: session.manifest.run))
      case .found(let tables): ("run-found", tables.database)
      }
    }
  }

  package var progress: String { "\(session.folder.records.samples.count) attempts" }

  package var driverRSSPeakBytes: Int? {
    session.folder.records.samples.compactMap(\.driverRSSPeakBytes).max()
  }

  /// Checks the logs that the plan's figures come from; notes in the manifest what will be missing.
  package func prepare(_ server: SessionServer) async throws -> [String: String] {
    var optional: [LogCheck.Log] = []
    if plan.source.dataset != nil { optional += [.part, .views] }
    if plan.benchmark.writes.legs.contains(where: { $0.mode == .async }) {
      optional.append(.gathered)
    }
    let check = try await LogCheck(
      server.client, version: server.version, needsQueryLog: !plan.paths.isEmpty,
      optional: optional)
    try check.refuseObstacles()
    for finding in check.findings { session.note(finding.sentence) }
    return check.settings
  }

  package func measure(_ server: SessionServer) async throws {
    switch plan.source {
    case .dataset(let dataset, _):
      try await DatasetRun(session, dataset, server).measure()
    case .found(let tables):
      try await ExistingTablesRun(session, tables, server, timeouts).measure()
    }
    noteMissingCodecs()
  }

  package func describe(_ manifest: inout Manifest) {
    manifest.baseline = plan.paths.first?.name ?? ""
    manifest.mergeStates = plan.benchmark.mergeStates.map(\.description)
    manifest.claims = plan.benchmark.claims
    manifest.memoryLimits = plan.benchmark.memoryLimits
    switch plan.source {
    case .dataset:
      manifest.settings["insert"] = insertSettings(of: session.target.cluster)
      let ofTables = plan.tableSettings.values
      if !ofTables.isEmpty { manifest.settings["table"] = ofTables.mapValues { "\($0)" } }
    // The run's beginning chose the rows.
    case .found: if let begun = session.folder.resumed { manifest.dataset = begun.dataset }
    }
    if !plan.paths.isEmpty {
      manifest.settings["export"] = SecretMask.masked(settings: plan.exportSettings)
      if session.target.cluster != nil { manifest.settings["cluster"] = ExportPath.clusterSettings }
    }
    if let cluster = session.target.cluster {
      manifest.notes.append(
        "measured on the cluster \(cluster): peak memory and the server's figures are the "
          + "initiator's, which sends its queries to one replica of each shard; the memory of "
          + "those is in samples.csv (shard_memory_peak_bytes); parts and bytes count one replica "
          + "of each shard")
    }
    if !plan.objects.isEmpty {
      manifest.notes.append(
        "inserts with the view also feed \(plan.objects.map(\.name).joined(separator: ", ")): "
          + "what this run says of writes is not the document's view alone")
    }
    if !session.proof.holds {
      manifest.notes.append(
        "jemalloc does not serve the whole process, so there are no figures of the driver's "
          + "allocator")
    }
  }

  /// Notes that the view was not measured with the table's codecs.
  private func noteMissingCodecs() {
    let counted = session.folder.records.storage.contains { $0.role == .viewWithCodecs }
    guard plan.benchmark.viewCodecs, session.target.cluster != nil, !counted else { return }
    session.manifest.add([
      "the view was not measured with the table's codecs, which needs a server of each shard in "
        + "--url"
    ])
  }
}
