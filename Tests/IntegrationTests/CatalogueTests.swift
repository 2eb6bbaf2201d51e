// Every path of the catalogue on a real server: it runs, and is right or wrong as its file says.

import Foundation
import TestSupport
import Testing
@testable import BenchmarkSpec
@testable import ClickHouseClient
@testable import ExportBenchmark
@testable import ExportPaths
@testable import ObservationGenerator
@testable import Units
@testable import WindowExports
@testable import Workspace

extension IntegrationTests {
  @Suite struct CatalogueTests {
    private static func days(_ count: Int) -> TimeSpan {
      TimeSpan(milliseconds: count * 86_400_000)
    }

    private static let hour = TimeSpan(milliseconds: 3_600_000)

    /// Table, view and what the paths need, of a dataset with every shape of duplicates.
    private func withTables(
      _ name: String, _ dataset: Dataset, for paths: [ExportPath], in state: MergeState = .fresh,
      _ work: (inout Tables, AnswerCheck) async throws -> Void
    ) async throws {
      try await withWorkspace(name) { workspace in
        var workspace = workspace
        workspace.objects = try Catalogue.objects(for: paths)
        var tables = Tables(workspace, dataset, rowsPerInsert: 500)
        try await tables.reach(state) { _ in }
        let check = AnswerCheck(
          workspace, .generated(dataset), profile: try Catalogue.profile(named: "fork"),
          settings: [:])
        try await check.prepare()
        try await work(&tables, check)
      }
    }

    @Test(.needsOneSnapshot) func pathsAreWrongAsTheirFilesSay() async throws {
      let dataset = try semantics(observations: 4_000)
      let paths = try Catalogue.paths(named: Self.wrong.keys.sorted())
      #expect(
        Set(paths.map { $0.name.prefix { $0 != "@" } }.map(String.init))
          == Set(try Catalogue.paths().map(\.name)), "a path is not tested")
      try await withTables("catalogue", dataset, for: paths) { tables, check in
        for state in [MergeState.fresh, .merged] {
          try await tables.reach(state) { _ in }
          for path in paths {
            var found: Set<String> = []
            for window in [Self.days(7), Self.days(30), Self.days(61)] {
              let (sample, differences) = try await check.check(path, window, in: state)
              #expect(
                sample.status != .failed, "\(path.name), \(window): \(sample.errorMessage ?? "")")
              #expect(sample.columns == 18 && sample.expectedRows ?? 0 > 100)
              found.formUnion(differences.map { "\($0.shape) \($0.kind.rawValue)" })
            }
            found.subtract(Self.chance(path.name))
            let expected = try #require(Self.wrong[path.name])
            #expect(
              found == (state == .fresh ? expected.fresh : expected.merged),
              "\(path.name), \(state)")
          }
        }
      }
    }

    /// Which of two tied rows a sort puts first is chance until they are merged. The view has no
    /// column besides updated_at that could decide.
    static func chance(_ path: String) -> Set<String> {
      path == "view-limit-by-in-order"
        ? ["tied other_version", "tied_updated_at other_version"] : ["tied other_version"]
    }

    typealias Wrong = (fresh: Set<String>, merged: Set<String>)

    /// What comes in its older version where the newer one is outside of the window, …
    static let left: Set = ["moved_day unexpected", "moved_month unexpected"]
    /// … and what comes in both where versions differ in the sorting key.
    static let both: Set = ["moved_day doubled", "moved_month doubled"]
    static let byTime: Set = [
      "disagreeing other_version", "tied_out_of_order other_version",
    ]
    static let byKey = left.union(both).union(["retyped doubled"])
    static let everything = byKey.union(
      [
        "deleted unexpected", "disagreeing doubled", "hot doubled", "moved_within_day doubled",
        "out_of_order doubled", "superseded doubled", "tied doubled", "tied_out_of_order doubled",
        "tied_updated_at doubled", "undeleted doubled",
      ])
    static let otherVersions: Set = [
      "moved_day other_version", "moved_month other_version", "retyped other_version",
    ]

    /// Since 26.3 FINAL prunes partitions only after it has chosen the newest versions, so that one
    /// in another month counts (ClickHouse pull request 98242).
    static let finalOfView = isTested(since: 26, 3) ? byTime : prunedFinalOfView
    static let prunedFinalOfView = byTime.union(["moved_month unexpected"])

    /// By shape of duplicates and kind of difference; `tied other_version` is left out.
    static let wrong: [String: Wrong] = [
      "argmax-in-order@lean": (byKey, byKey),
      "base-final": (byKey, byKey),
      "base-final-lazy": (byKey, byKey),
      "base-final-tuned@lean": (byKey, byKey),
      "langfuse-limit-by@langfuse": (
        left.union(["deleted unexpected", "retyped doubled"]), left.union(["retyped doubled"])
      ),
      "limit-by": (left.union(["deleted unexpected"]), left),
      "limit-by-in-order@lean": (
        left.union(otherVersions).union(["deleted unexpected"]), left.union(otherVersions)
      ),
      "mv-final": (finalOfView, finalOfView),
      "mv-final-by-month": (
        byTime.union(["moved_month doubled", "moved_month unexpected"]),
        byTime.union(["moved_month doubled", "moved_month unexpected"])
      ),
      "mv-final-lazy": (finalOfView, finalOfView),
      "mv-final-pruned": (prunedFinalOfView, prunedFinalOfView),
      "newest-row-by-block@lean-one-reader": ([], []),
      "newest-row-in-window@lean": (left, left),
      "newest-row-kept@lean": ([], []),
      "newest-row-numbered@lean-one-reader": ([], []),
      "newest-row-sliced@lean": ([], []),
      "newest-row-whole@lean": ([], []),
      "newest-row@lean": ([], []),
      "newest-version@lean": (left.union(["tied doubled"]), left),
      "newest-version-projection@lean": (["tied doubled"], []),
      "scan-table@lean": (everything, byKey),
      "scan-view@lean": (
        everything.union(byTime),
        byTime.union(["moved_month doubled", "moved_month unexpected"])
      ),
      "view-by-time-final@lean": (left.union(both), left.union(both)),
      "view-limit-by-in-order": (
        left.union(byTime).union(["deleted unexpected"]), byTime.union(["moved_month unexpected"])
      ),
    ]

    private static let right = [
      "newest-row@lean", "newest-row-sliced@lean", "newest-row-kept@lean", "newest-row-whole@lean",
      "newest-row-numbered@lean-one-reader", "newest-row-by-block@lean-one-reader",
    ]

    @Test(.needsOneSnapshot, arguments: [MergeState.fresh, .parts(3), .merged])
    func newestRowIsRightInEveryWindow(state: MergeState) async throws {
      let dataset = try semantics(observations: 3_000)
      let paths = try Catalogue.paths(named: Self.right)
      try await withTables("newest", dataset, for: paths, in: state) { _, check in
        for window in [Self.hour] + [1, 7, 8, 30, 31, 45, 61].map(Self.days) {
          for path in paths {
            let (sample, differences) = try await check.check(path, window, in: state)
            #expect(
              sample.status == .ok, "\(path.name), \(window): \(sample) \(differences)")
          }
        }
      }
    }

    /// A merge between the two reads of a path moves every row that the first one named. Both must
    /// see the same parts; that they would not by themselves is shown as well.
    @Test(
      .needsOneSnapshot,
      arguments: [
        "newest-row", "newest-row-in-window", "newest-row-numbered", "newest-row-whole",
      ])
    func aMergeBetweenTheReadsTakesNoRow(name: String) async throws {
      let dataset = try semantics(observations: 1_000)
      let path = try Catalogue.paths(named: [name])[0]
      let id = [try Identifier("id")]
      let window = ExportWindow(
        project: dataset.exportProject, range: dataset.window(Self.days(61)))
      try await withTables("between", dataset, for: [path], in: .parts(4)) { tables, _ in
        var tables = tables
        /// Whether a merge took rows from the answer.
        func loses(shared: String) async throws -> Bool {
          try await tables.reach(.parts(4)) { _ in }
          let workspace = tables.workspace
          @Sendable func read(sleep: Int) async throws -> AnswerChecksum {
            try await AnswerChecksum.read(
              of: path, for: window, columns: id,
              settings: [
                "enable_shared_storage_snapshot_in_query": shared,
                // The server's own, for tests of such moments.
                "merge_tree_storage_snapshot_sleep_ms": "\(sleep)",
              ], in: workspace.database, from: workspace.client)
          }
          let quiet = try await read(sleep: 0)
          async let moved = read(sleep: 1000)
          // In the midst of the pauses, which are two or three.
          try await Task.sleep(for: .milliseconds(1400))
          try await workspace.merges.mergeAll()
          return try await moved.rows < quiet.rows
        }
        for _ in 0..<3 { #expect(try await !loses(shared: "1")) }
        var hasLost = false
        for _ in 0..<10 where !hasLost { hasLost = try await loses(shared: "0") }
        #expect(hasLost, "the test has never met the moment that it is about")
      }
    }

    @Test func whatPathsNeedIsMadeAndDropped() async throws {
      let paths = try Catalogue.paths(
        named: ["view-by-time-final", "newest-version-projection", "view-by-time-final@lean"])
      let objects = try Catalogue.objects(for: paths)
      #expect(objects.map(\.name) == ["observations_by_time", "observations_versions"])
      try await withTables("objects", smallDataset(), for: paths) { tables, _ in
        let workspace = tables.workspace
        let projections: [String] = try await workspace.value(
          """
          SELECT groupArray(DISTINCT name) AS value FROM system.projection_parts
          WHERE active AND database = {database: String}
          """, ["database": Parameter(workspace.database.name)])
        #expect(projections == ["observations_versions"])
        let copied: Int = try await workspace.value(
          "SELECT toInt64(uniqExact(id)) AS value FROM observations_by_time")
        #expect(try await workspace.uniqueIDs(in: Workspace.table) == copied)
        try await workspace.drop.tables()
        #expect(try await workspace.tables() == [GeneratedAnswer.table])
        try await tables.make()
        #expect(try await workspace.tables().contains("observations_by_time"), "and made again")
      }
    }
  }
}
