// A disk that fills: the driver's and the server's.

import Foundation
import TestSupport
import Testing

extension FaultInjectionTests {
  @Suite struct DiskTests {
    private let scratch = Scratch()

    /// A file system of its own, so small that it fills up; needs the right to mount.
    private final class SmallDisk {
      let path: String

      /// Nil where nobody may mount.
      init?(_ path: String, kibibytes: Int) {
        self.path = path
        mkdir(path, 0o755)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(kibibytes)k") == 0 else { return nil }
      }

      deinit { umount2(path, Int32(MNT_DETACH)) }

      /// Fills it but for so many KiB.
      func fill(leaving kibibytes: Int) throws {
        var facts = statvfs()
        statvfs(path, &facts)
        let free = Int(facts.f_bavail) * Int(facts.f_frsize)
        let ballast = Data(count: max(0, free - kibibytes << 10))
        try ballast.write(to: URL(fileURLWithPath: "\(path)/ballast"))
      }

      /// Makes room again.
      func makeRoom() { unlink("\(path)/ballast") }
    }

    private static let noMount: Comment = "needs the right to mount a small disk"

    private static var mayMount: Bool {
      let scratch = Scratch()
      return SmallDisk(scratch.path("disk"), kibibytes: 64) != nil
    }

    @Test(.enabled(if: mayMount, noMount)) func aRunGoesOnWhenThereIsRoom() async throws {
      let disk = try #require(SmallDisk(scratch.path("disk"), kibibytes: 4_096))
      let server = try await FaultyServer.shared
      let file = StormBenchmark(repeats: 30).write(to: scratch)
      let left = "(SELECT count() FROM system.databases WHERE name LIKE 'exportbench%')"
      let before = try await server.number(left)
      await Faults.trials("results on a full disk", 1) { draws, name in
        let folder = "\(disk.path)/run-\(draws.next())"
        try disk.fill(leaving: 16 + draws.size(upTo: 16))
        let full = try await Program(
          ["run", file, "--output", folder], environment: server.environment()
        ).result(within: .seconds(180))
        expectSentence(full, [73], name)
        #expect(full.remarks.contains(": No space left on device; free some space"), name)
        try expectAccounts(of: folder, name)
        #expect(!namesInFolder(folder).contains { $0.hasPrefix(".") }, "a draft is left: \(name)")
        disk.makeRoom()
        let again = exists(folder) ? ["--resume", folder] : [file, "--output", folder]
        expectSentence(
          try await Program(["run"] + again, environment: server.environment()).result(
            within: .seconds(180)), [0], name)
        try expectComplete(folder, cells: 60, inserts: 4, name)
      }
      #expect(try await server.number(left) == before)
    }

    @Test func aRunWhoseFilesMayNotGrowGoesOn() async throws {
      let server = try await FaultyServer.shared
      let file = StormBenchmark(repeats: 20).write(to: scratch)
      let limit = ["/usr/bin/env", "--ignore-signal=XFSZ", "/usr/bin/prlimit", "--fsize=12000"]
      let folder = scratch.path("run")
      let full = try await Program(
        ["run", file, "--output", folder], environment: server.environment(), through: limit
      ).result(within: .seconds(180))
      expectSentence(full, [73], "files of 12,000 bytes")
      try expectAccounts(of: folder, "files of 12,000 bytes")
      let again = try await Program(
        ["run", "--resume", folder], environment: server.environment()
      ).result(within: .seconds(180))
      expectSentence(again, [0], "files of any size")
      try expectComplete(folder, cells: 40, inserts: 4, "files of any size")
    }

    @Test(.enabled(if: mayMount, noMount)) func filesAreWholeOrNotThere() async throws {
      let disk = try #require(SmallDisk(scratch.path("disk"), kibibytes: 64))
      let file = StormBenchmark(observations: 4_000).writeDataset(to: scratch)
      let report = ["report", "\(fixtures)/claim", "--output"]
      for (arguments, name) in [
        (["generate", file, "--output"], "data.native"), (report, "page.html"),
      ] {
        let result = try await Program(
          arguments + ["\(disk.path)/\(name)"], environment: ["EXPORTBENCH_ENGINES": scratch.path]
        ).result(within: .seconds(180))
        expectSentence(result, [73], "\(arguments[0])")
        #expect(!exists("\(disk.path)/\(name)"))
        for left in namesInFolder(disk.path) { unlink("\(disk.path)/\(left)") }
      }
    }

    @Test(.enabled(if: mayMount, noMount)) func aServerWhoseDiskIsFull() async throws {
      let disk = try #require(SmallDisk(scratch.path("disk"), kibibytes: 48 << 10))
      let server = try FaultyServer(in: "\(disk.path)/server")
      try await server.start()
      let file = StormBenchmark(
        observations: 2_000, repeats: 2, rowsPerInsert: 500, payload: "20KiB"
      ).write(to: scratch)
      let data = scratch.path("storm-data.yaml")
      try disk.fill(leaving: 8_192)
      let load = try await Program(
        ["generate", data, "--database", "wide", "--rows-per-insert", "200"],
        environment: server.environment()
      ).result(within: .seconds(180))
      expectSentence(load, [69], "a load into a full disk")
      #expect(load.remarks.contains("rows were acknowledged"), "\(load.remarks)")
      let run = try await Program(
        ["run", file, "--output", scratch.path("run")], environment: server.environment()
      ).result(within: .seconds(240))
      expectSentence(run, [69], "a run on a full disk")
      try expectAccounts(of: scratch.path("run"), "a run on a full disk")
      disk.makeRoom()
      let rows = try await server.number("(SELECT count() FROM wide.observations)")
      let said = load.remarks.firstMatch(of: /(\d[\d,]*) of 2,000 rows were acknowledged/)
      let sure = Int((said?.1 ?? "").filter { $0 != "," }) ?? -1
      #expect((sure...(sure + 400)).contains(rows) && rows.isMultiple(of: 200), "\(rows) \(sure)")
    }

    @Test func aServerThatKeepsItsLastRoomFree() async throws {
      let server = try FaultyServer(in: scratch.path("server"))
      try await server.start(settings: [
        "storage_configuration.disks.default.keep_free_space_bytes": "\(1 << 60)"
      ])
      let file = StormBenchmark(repeats: 2, rowsPerInsert: 400).write(to: scratch)
      let folder = scratch.path("run")
      let full = try await Program(
        ["run", file, "--output", folder], environment: server.environment()
      ).result(within: .seconds(240))
      expectSentence(full, [69], "a server without room")
      server.kill()
      try await server.start()
      let again = exists(folder) ? ["--resume", folder] : [file, "--output", folder + "-2"]
      expectSentence(
        try await Program(["run"] + again, environment: server.environment()).result(
          within: .seconds(180)), [0], "a server with room again")
      let there = exists(folder) ? folder : folder + "-2"
      try expectComplete(there, cells: 4, inserts: 1, "a server with room again")
    }
  }
}
