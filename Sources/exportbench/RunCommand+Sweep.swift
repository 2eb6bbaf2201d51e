// `exportbench run` over several engines or datasets: a sweep, which is a run for each of them, one
// after another, and one table of them all.

import Analysis
import BenchmarkSpec
import ExportBenchmark
import Failures
import Foundation
import Reports
import RunSession
import RunStore

extension RunCommand {
  /// One run of a sweep: the command that would make it alone.
  struct Member {
    let name: String
    let command: RunCommand
    let arguments: [String]
  }

  /// The runs that are asked for by options or, failing that, by the benchmark: every engine with
  /// every dataset. A single one is this command as it stands.
  func members(
    arguments: [String] = CommandLine.arguments.dropFirst().map { $0 }
  ) throws -> [Member] {
    for (option, given) in [("--engine", engine), ("--dataset", dataset)] {
      if let twice = given.first(where: { name in given.count { $0 == name } > 1 }) {
        throw UsageError(sentence: "\(option) names \(twice) twice; keep one of the two")
      }
    }
    let file = try InputFile.benchmark(benchmark)
    guard !LoadBenchmark.isLoad(yaml: file.text) else {
      throw UserError(
        .input, "\(file.name) is a load; run it with: exportbench load \(benchmark.shellWord)")
    }
    let asked = try Benchmark(file)
    // Tables that are there are on one server, and are one dataset.
    let makesTables = database == nil
    let engines = engine.isEmpty && server.url == nil && makesTables ? asked.engines : engine
    let datasets =
      dataset.isEmpty && makesTables ? asked.datasets.map { Self.beside(file.name, $0) } : dataset
    let members = (engines.isEmpty ? [nil] : engines.map(\.self)).flatMap { engine in
      (datasets.isEmpty ? [nil] : datasets.map(\.self)).map { dataset in
        var command = self
        command.engine = [engine].compactMap(\.self)
        command.dataset = [dataset].compactMap(\.self)
        let parts = [
          engines.count > 1 ? engine : nil, datasets.count > 1 ? dataset : nil,
        ].compactMap { $0.map(Self.shortName) }
        return Member(
          name: parts.joined(separator: "-"), command: command,
          arguments: Self.arguments(arguments, engine: engine, dataset: dataset))
      }
    }
    guard Set(members.map(\.name)).count == members.count else {
      throw UsageError(
        sentence: "two runs of the sweep would have the same name; give the files other names")
    }
    return members
  }

  /// `versions-1` of `datasets/versions-1.yaml`; letters, digits, dots and hyphens.
  private static func shortName(_ path: String) -> String {
    let last = path.split(separator: "/").last.map(String.init) ?? path
    let name = last.hasSuffix(".yaml") ? String(last.dropLast(5)) : last
    return String(
      name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") ? $0 : "-" })
  }

  /// The arguments that would make one run of the sweep alone, so that it can be resumed alone.
  private static func arguments(
    _ all: [String], engine: String?, dataset: String?
  ) -> [String] {
    let replaced = ["--engine", "--dataset", "--output"]
    var kept: [String] = []
    var skipsNext = false
    for word in all {
      if skipsNext {
        skipsNext = false
      } else if replaced.contains(word) {
        skipsNext = true
      } else if !replaced.contains(where: { word.hasPrefix("\($0)=") }) {
        kept.append(word)
      }
    }
    return kept + (engine.map { ["--engine", $0] } ?? [])
      + (dataset.map { ["--dataset", $0] } ?? [])
  }

  /// Makes every run of a sweep; all are checked before the first begins.
  func sweep(_ members: [Member]) async throws {
    let plans = try members.map { try $0.command.readPlan(arguments: $0.arguments) }
    if dryRun {
      for (member, plan) in zip(members, plans) {
        try Output.line("== \(member.name): \(plan.source.name)")
        try show(plan)
      }
      return
    }
    let path = output ?? Self.defaultFolder(plans[0].benchmark.name)
    guard output == nil || !FileManager.default.fileExists(atPath: path) else {
      throw UserError(
        .output, "the output folder \(path) exists already; choose another --output or remove it")
    }
    let targets = try await Self.targets(of: members)
    let folder = try SweepFolder(
      creating: path, orNext: output == nil,
      describe(members, plans, arguments: CommandLine.arguments.dropFirst().map { $0 }))
    Terminal.say("writing to \(folder.path)")
    sayOutlook(of: plans[0])
    try await measure(members, plans, targets, into: folder)
  }

  /// Goes on with a sweep: runs that are complete are read, the others gone on with or begun.
  func goOnWithSweep(in path: String) async throws {
    try Self.refuseOptions(beside: [])
    let folder = try SweepFolder(resuming: path)
    let begun = folder.manifest.arguments
    var asked = try Self.parse(begun.dropFirst().map { $0 })
    // What may be elsewhere now is the server's address.
    let guards = asked.server.guards.resumed(with: server.guards)
    if server.url != nil { asked.server = server }
    asked.server.guards = guards
    let members = try asked.members(arguments: begun)
    let plans = try members.map { try $0.command.readPlan(arguments: $0.arguments) }
    try folder.refuseDifferences(from: asked.describe(members, plans, arguments: begun))
    let open = members.filter { !folder.isComplete($0.name) }
    Terminal.say(
      open.isEmpty
        ? "\(folder.path) is complete; concluding from its files"
        : "resuming \(folder.path): \(members.count - open.count) of \(members.count) runs are done"
    )
    try await measure(members, plans, try await Self.targets(of: open), into: folder)
  }

  private static func targets(of members: [Member]) async throws -> [String: Target] {
    var targets: [String: Target] = [:]
    for member in members { targets[member.name] = try await member.command.chooseTarget() }
    return targets
  }

  private func describe(
    _ members: [Member], _ plans: [RunPlan], arguments: [String]
  ) -> SweepManifest {
    SweepManifest(
      toolVersion: toolVersion, startedAt: Date.now.formatted(.iso8601), arguments: arguments,
      benchmark: Manifest.Document(
        file: plans[0].benchmarkFile.name, text: plans[0].benchmarkFile.text),
      members: zip(members, plans).map { member, plan in
        SweepManifest.Member(
          name: member.name, engine: member.command.engine.first,
          dataset: plan.source.document)
      })
  }

  private func measure(
    _ members: [Member], _ plans: [RunPlan], _ targets: [String: Target], into folder: SweepFolder
  ) async throws {
    do {
      try await check(members, plans, targets, folder)
      var done: [SweepMember] = []
      for (place, (member, plan)) in zip(members, plans).enumerated() {
        let runFolder = try folder.run(member.name)
        let findings: Findings
        if let begun = runFolder.resumed, begun.complete {
          findings = try runFolder.conclude(begun)
        } else if let target = targets[member.name] {
          Terminal.say("run \(place + 1) of \(members.count): \(member.name)")
          findings = try await measure(plan, on: target, into: runFolder, sweep: folder.path)
        } else {
          continue
        }
        _ = try ReportFiles(in: runFolder.path).write(findings, runFolder.records)
        done.append(SweepMember(name: member.name, findings: findings))
        // After every run, so that a sweep which is cut short says what it knows.
        let all = SweepFindings(name: folder.name, members: done)
        try folder.conclude(all)
        try folder.write(MarkdownReport().render(all), to: "report.md")
      }
      try report(SweepFindings(name: folder.name, members: done), in: folder)
    } catch {
      folder.removeIfEmpty()
      throw error
    }
  }

  /// Asks each server once whether it takes the settings: a version may not know one.
  private func check(
    _ members: [Member], _ plans: [RunPlan], _ targets: [String: Target], _ folder: SweepFolder
  ) async throws {
    var asked: Set<String> = []
    for (member, plan) in zip(members, plans) {
      guard let target = targets[member.name],
        asked.insert(member.command.engine.first ?? "").inserted
      else { continue }
      do { try await Run.check(plan, on: target, folder: "\(folder.path)/engine") } catch let error
        as UserError
      {
        throw UserError(error.kind, "\(member.name): \(error)")
      }
    }
  }

  private func report(_ findings: SweepFindings, in folder: SweepFolder) throws {
    let records = try findings.members.map {
      try RecordedRun(reading: "\(folder.path)/\($0.name)").records
    }
    Self.sayWhere(try ReportFiles(in: folder.path).write(findings, records))
    let report = TerminalReport(width: min(Terminal.width, 110), colour: Terminal.colours)
    try Output.text(report.render(findings))
    guard gate else { return }
    for member in findings.members {
      do { try Self.checkGate(member.findings) } catch let failure as GateFailure {
        throw GateFailure(
          status: failure.status, sentence: failure.sentence.map { "\(member.name): \($0)" })
      }
    }
  }
}
