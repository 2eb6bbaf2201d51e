// `exportbench list`: prints available paths, profiles, benchmarks, datasets, engines and runs.

import Analysis
import ArgumentParser
import BenchmarkSpec
import Engine
import ExportPaths
import Foundation
import ObservationGenerator

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List paths, profiles, benchmarks, datasets, engines and runs.",
    discussion: """
      EXAMPLE: exportbench list paths

      \(ExitCodes.list.help)
      """)

  enum ObservationTables: String, ExpressibleByArgument, CaseIterable {
    case paths, profiles, benchmarks, datasets, engines, runs
  }

  @Argument(
    help: "paths, profiles, benchmarks, datasets, engines or runs (default: all).")
  var subject: ObservationTables?

  @Option(help: "Folder with additional export paths, one .sql file each.")
  var pathsDir: String?

  func run() throws {
    let subjects = subject.map { [$0] } ?? ObservationTables.allCases
    for (position, subject) in subjects.enumerated() {
      if subjects.count > 1 { try Output.line("\(position > 0 ? "\n" : "")\(subject.rawValue)") }
      for (name, lines) in try entries(of: subject) {
        try Output.line("  \(name)")
        for line in lines { try Output.line("      \(line)") }
      }
    }
  }

  private func entries(of subject: ObservationTables) throws -> [(String, [String])] {
    switch subject {
    case .paths:
      return try Catalogue.paths(ownPaths: pathsDir).map { path in
        let reads =
          ["reads: \(path.reads)"] + (path.slice.map { ["exported in slices of \($0)"] } ?? [])
        return (
          path.name,
          [path.idea, "keeps in memory: \(path.keepsInMemory)", "gets wrong: \(path.getsWrong)"]
            + reads
        )
      }
    case .profiles:
      return try Catalogue.profiles().map { profile in
        (profile.name, [profile.idea] + profile.settings.map(\.statement))
      }
    case .benchmarks:
      return try InputFile.names(in: "Benchmarks").map { name in
        let file = try InputFile.benchmark(name)
        let description =
          LoadBenchmark.isLoad(yaml: file.text)
          ? try LoadBenchmark(file).description
          : try Benchmark(file).description
        return (name, [description])
      }
    case .datasets:
      return try InputFile.names(in: "datasets").map { name in
        let file = try InputFile(name, in: "datasets")
        return (name, [try Dataset(yaml: file.text, file: file.name).description])
      }
    case .engines:
      return try engines()
    case .runs:
      return ["results", "results/reference"].flatMap(Self.runs)
    }
  }

  /// Runs and sweeps in a folder; other folders are skipped.
  private static func runs(in folder: String) -> [(String, [String])] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().compactMap { name in
      let place = "\(folder)/\(name)"
      do { return try entry(of: place) } catch { return (place, ["cannot be read: \(error)"]) }
    }
  }

  private static func entry(of place: String) throws -> (String, [String])? {
    if SweepFolder.isThere(place) {
      let members = try SweepFolder.members(of: place).map(\.name)
      return (place, ["a sweep: \(members.joined(separator: ", "))"])
    }
    guard try RecordedRun.manifest(in: place) != nil else { return nil }
    let run = try RecordedRun(reading: place).manifest
    return (
      place,
      [
        "\(run.benchmark.file) with \(run.dataset.file) on ClickHouse \(run.engine.version), "
          + "\(run.startedAt): \(run.status)"
      ]
    )
  }

  /// Pinned versions, and other installed ones.
  private func engines() throws -> [(String, [String])] {
    let installed = Engine.installedVersions(ProcessInfo.processInfo.environment)
    let known = try Engine.known()
    let pinned = known.map { engine in
      let python = engine.python.map { "; its wheel is for CPython \($0) only" } ?? ""
      let state =
        installed.contains(engine.version)
        ? "installed"
        : "installed on first use, or with ./scripts/setup --engine \(engine.version)"
      let kind =
        engine.isBridged
        ? "bridged engine (\(Engine.bridgeLimits))" : "server"
      return (engine.version, ["ClickHouse \(engine.clickHouse)\(python)", kind, state])
    }
    let others = installed.filter { version in !known.contains { $0.version == version } }
    return pinned + others.map { ($0, ["installed, not pinned"]) }
  }
}
