// `exportbench run` over several engines, datasets or table settings: a sweep, which is one run for
// each of them and one table of all.

import Analysis
import BenchmarkSpec
import ExportBenchmark
import ExportPaths
import Failures
import Foundation
import Reports
import RunSession
import RunStore

/// The runs that one command asks for: every engine with every dataset and value of a table
/// setting. A single one is the command itself.
struct Sweep {
  /// One run: the command that would make it alone.
  struct Member {
    let name: String
    let command: RunCommand
    let arguments: [String]
  }

  private let command: RunCommand
  private let arguments: [String]
  let members: [Member]

  /// Reads the runs from the arguments of an earlier command, with the server's address as it is
  /// now.
  init(arguments: [String], server: ServerOptions?) throws {
    var asked = try RunCommand.parse(Array(arguments.dropFirst()))
    if let server {
      let guards = asked.server.guards.resumed(with: server.guards)
      if server.url != nil { asked.server = server }
      asked.server.guards = guards
    }
    try self.init(of: asked, arguments: arguments)
  }

  /// Reads the runs from options or, without them, from the benchmark.
  init(of command: RunCommand, arguments: [String]) throws {
    for (option, given) in [("--engine", command.engine), ("--dataset", command.rows.dataset)] {
      if let twice = given.first(where: { name in given.count { $0 == name } > 1 }) {
        throw UserError.usage("\(option) names \(twice) twice; give it once")
      }
    }
    let file = try InputFile.benchmark(command.benchmark)
    guard !LoadBenchmark.isLoad(yaml: file.text) else {
      throw UserError.input(
        "\(file.name) is a load test; run it with: exportbench load " + command.benchmark.shellWord)
    }
    let asked = try Benchmark(file)
    // Existing tables are on one server, and are one dataset.
    let makesTables = command.rows.database == nil
    let engines =
      command.engine.isEmpty && command.server.url == nil && makesTables
      ? asked.engines : command.engine
    let datasets =
      command.rows.dataset.isEmpty && makesTables
      ? asked.datasets.map { InputFile.beside(file.name, $0) } : command.rows.dataset
    let settings = asked.tableSettings.merging(try command.chosenTableSettings()) { $1 }
    let found = (engines.isEmpty ? [nil] : engines.map(\.self)).flatMap { engine in
      (datasets.isEmpty ? [nil] : datasets.map(\.self)).flatMap { dataset in
        (makesTables ? Self.choices(of: settings) : [command.tableSetting]).map { chosen in
          var member = command
          member.engine = [engine].compactMap(\.self)
          member.rows.dataset = [dataset].compactMap(\.self)
          member.tableSetting = chosen
          let parts =
            [engines.count > 1 ? engine : nil, datasets.count > 1 ? dataset : nil]
            .compactMap(\.self)
            + chosen.filter { (settings[Self.settingName($0)]?.count ?? 0) > 1 }
          return Member(
            name: parts.map(Self.shortName).joined(separator: "-"), command: member,
            arguments: Self.arguments(
              arguments,
              chosen: [engine.map { ("--engine", $0) }, dataset.map { ("--dataset", $0) }]
                .compactMap(\.self) + chosen.map { ("--table-setting", $0) }))
        }
      }
    }
    guard Set(found.map(\.name)).count == found.count else {
      throw UserError.usage("two runs of the sweep have the same name; rename a file")
    }
    (self.command, self.arguments, members) = (command, arguments, found)
  }

  /// Every combination of one value for each setting, as `name=1MiB`.
  private static func choices(of settings: [String: [Int]]) -> [[String]] {
    settings.sorted { $0.key < $1.key }.reduce([[]]) { all, setting in
      all.flatMap { begun in
        setting.value.map { begun + ["\(setting.key)=\(TableSettings.text($0))"] }
      }
    }
  }

  private static func settingName(_ choice: String) -> String {
    String(choice.prefix { $0 != "=" })
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
    _ all: [String], chosen: [(option: String, value: String)]
  ) -> [String] {
    let replaced = ["--engine", "--dataset", "--table-setting", "--output"]
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
    return kept + chosen.flatMap { [$0.option, $0.value] }
  }

  /// Makes every run; all are checked before the first begins.
  func run() async throws {
    let plans = try readPlans()
    if command.dryRun {
      for (member, plan) in zip(members, plans) {
        try Output.line("== \(member.name): \(plan.source.name)")
        try DryRun.show(plan)
      }
      return
    }
    let output = command.output
    let path = output ?? ResultsFolder.defaultPath(plans[0].benchmark.name)
    guard output == nil || !FileManager.default.fileExists(atPath: path) else {
      throw UserError.output(
        "the output folder \(path) exists; choose another --output or remove it")
    }
    let targets = try await targets(of: members)
    let folder = try SweepFolder(creating: path, orNext: output == nil, describe(plans))
    Terminal.say("writing to \(folder.path)")
    command.sayOutlook(of: plans[0])
    try await measure(plans, targets, into: folder)
  }

  /// Continues in the folder of a sweep: runs that are complete are read, the others resumed or
  /// begun.
  func resume(in folder: SweepFolder) async throws {
    let plans = try readPlans()
    try folder.refuseDifferences(from: describe(plans))
    let open = members.filter { !folder.isComplete($0.name) }
    Terminal.say(
      open.isEmpty
        ? "\(folder.path) is complete; reporting from its files"
        : "resuming \(folder.path): \(members.count - open.count) of \(members.count) runs are done"
    )
    try await measure(plans, try await targets(of: open), into: folder)
  }

  private func readPlans() throws -> [RunPlan] {
    try members.map { try $0.command.readPlan(arguments: $0.arguments) }
  }

  private func targets(of members: [Member]) async throws -> [String: Target] {
    var targets: [String: Target] = [:]
    for member in members { targets[member.name] = try await member.command.chooseTarget() }
    return targets
  }

  private func describe(_ plans: [RunPlan]) -> SweepManifest {
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
    _ plans: [RunPlan], _ targets: [String: Target], into folder: SweepFolder
  ) async throws {
    do {
      try await check(plans, targets, folder)
      var done: [SweepMember] = []
      for (place, (member, plan)) in zip(members, plans).enumerated() {
        let runFolder = try folder.run(member.name)
        let findings: Findings
        if let begun = runFolder.resumed, begun.complete {
          findings = try runFolder.conclude(begun)
        } else if let target = targets[member.name] {
          Terminal.say("run \(place + 1) of \(members.count): \(member.name)")
          findings = try await command.measure(
            plan, on: target, into: runFolder, sweep: folder.path)
        } else {
          continue
        }
        _ = try ReportFiles(in: runFolder.path).write(findings, runFolder.records)
        done.append(SweepMember(name: member.name, findings: findings))
        // After every run, so that a sweep that is cut short has conclusions.
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

  /// Asks each server once whether it accepts the settings: a version may not know one.
  private func check(
    _ plans: [RunPlan], _ targets: [String: Target], _ folder: SweepFolder
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
    ResultsFolder.say(try ReportFiles(in: folder.path).write(findings, records))
    try Output.text(Terminal.report().render(findings))
    guard command.gate else { return }
    for member in findings.members {
      do { try Gate.check(member.findings) } catch {
        throw GateFailure(error.status, error.sentence.map { "\(member.name): \($0)" })
      }
    }
  }
}
