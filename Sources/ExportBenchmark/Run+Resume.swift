// What is left to do of a run, by its records, and whether it may be gone on with here.

import BenchmarkSpec
import ExportPaths
import Failures
import Foundation
import RunStore
import Units

extension Run {
  /// The planned attempts that are not recorded, in their order.
  func todo(in states: [MergeState]) -> [PlannedAttempt] {
    let done = attemptsMade
    return states.flatMap(plan.plan.cells(in:)).filter { !done.contains(Attempt($0)) }
  }

  /// The attempts of another repeat in the windows whose interval is not as narrow as asked; nil
  /// when all are, or have as many repeats as may be.
  package func more(in state: MergeState) throws -> [PlannedAttempt]? {
    guard let precision = plan.benchmark.precision else { return nil }
    let short = try precision.shortfalls(
      in: folder.records, paths: plan.paths.map(\.name), baseline: plan.paths[0].name
    ).filter { $0.mergeState == state.description }
    guard !short.isEmpty else { return nil }
    let done = attemptsMade
    let cells = (1...(short.map(\.repeats).max() ?? 1)).flatMap { number in
      plan.plan.repetition(
        number, .measured, in: state,
        windows: plan.benchmark.windows.filter { window in
          short.contains { $0.window == window.description && $0.repeats >= number }
        })
    }.filter { !done.contains(Attempt($0)) }
    // What can only be had by repeating an attempt that lost its server is not to be had.
    return cells.isEmpty ? nil : cells
  }

  /// The paths and windows whose answers have not been checked in a state of merges.
  func checksToDo(in state: MergeState) -> [(path: ExportPath, window: TimeSpan)] {
    let done = Set(
      folder.records.verifications.filter { $0.mergeState == state.description }
        .map { "\($0.path) \($0.window)" })
    return plan.benchmark.windows.flatMap { window in
      plan.paths.map { (path: $0, window: window) }
    }
    .filter { !done.contains("\($0.path.name) \($0.window)") }
  }

  /// Whether nothing is left to do in a state of merges.
  package func isDone(_ state: MergeState) throws -> Bool {
    try todo(in: [state]).isEmpty && checksToDo(in: state).isEmpty && more(in: state) == nil
      && nextProbe(in: state) == nil
  }

  /// What an attempt is, whenever it is made.
  private struct Attempt: Hashable {
    let state: String
    let period: Period
    let number: Int
    let window: String
    let path: String
    let kind: AttemptKind

    init(_ cell: PlannedAttempt) {
      state = cell.mergeState.description
      period = cell.period
      number = cell.repeat
      window = cell.window.description
      path = cell.path.name
      kind = cell.kind
    }

    init(_ sample: Sample) {
      state = sample.mergeState
      period = sample.period
      number = sample.repeat
      window = sample.window
      path = sample.path
      kind = sample.kind
    }
  }

  /// An attempt that ended with the connection, or by a guard, says nothing of the path.
  private var attemptsMade: Set<Attempt> {
    Set(folder.records.samples.filter { !$0.lostItsServer }.map(Attempt.init))
  }

  /// Refuses to mix two runs: names the first difference that would.
  package func refuseDifferences(between begun: Manifest, and now: Manifest) throws {
    try refuse("exportbench", begun.toolVersion, now.toolVersion)
    try refuse("the machine's CPU", begun.machine.cpu, now.machine.cpu)
    try refuse("its number of cores", "\(begun.machine.cores)", "\(now.machine.cores)")
    try refuse("the kind of server", begun.engine.kind, now.engine.kind)
    try refuseText("the benchmark", begun.benchmark, now.benchmark)
    try refuseText(
      "the dataset", Manifest.Document(file: begun.dataset.file, text: begun.dataset.text),
      Manifest.Document(file: now.dataset.file, text: now.dataset.text))
    try refuse("the seed", "\(begun.seed)", "\(now.seed)")
    try refuse("the settings", text(begun.settings), text(now.settings))
    try refuse(
      "the paths", begun.paths.map(\.name).joined(separator: ", "),
      now.paths.map(\.name).joined(separator: ", "))
    for (old, new) in zip(begun.paths, now.paths) {
      try refuseText(
        "the SQL", Manifest.Document(file: "path \(old.name)", text: old.sql),
        Manifest.Document(file: "path \(new.name)", text: new.sql))
    }
  }

  /// Refuses to go on with another server.
  func refuseOtherServer(than begun: Manifest, _ now: Manifest) throws {
    guard !begun.engine.version.isEmpty else { return }
    try refuse("the server's version", begun.engine.version, now.engine.version)
  }

  private func text(_ settings: [String: [String: String]]) -> String {
    settings.sorted { $0.key < $1.key }.flatMap { group in
      group.value.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
    }.joined(separator: ", ")
  }

  private func refuse(_ what: String, _ begun: String, _ now: String) throws {
    guard begun != now else { return }
    throw UserError(
      .input,
      "\(folder.path) cannot be resumed, because \(what) is not the same: it began with "
        + "'\(begun)', and this is '\(now)'; make it the same, or begin a new run")
  }

  private func refuseText(
    _ what: String, _ begun: Manifest.Document, _ now: Manifest.Document
  ) throws {
    guard begun.text != now.text else { return }
    let old = begun.text.split(separator: "\n", omittingEmptySubsequences: false)
    let new = now.text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = zip(old, new).prefix { $0 == $1 }.count
    func words(_ lines: [Substring]) -> String {
      line < lines.count ? "'\(lines[line])'" : "nothing"
    }
    throw UserError(
      .input,
      "\(folder.path) cannot be resumed, because \(what) (\(now.file)) has changed: line "
        + "\(line + 1) was \(words(old)) and is \(words(new)); change it back, or begin a new run")
  }
}

extension Sample {
  /// Whether it failed because there was no server to answer, or a guard ended it: that is no
  /// property of the path.
  var lostItsServer: Bool {
    status == .stopped
      || status == .failed && errorCode == nil && !ConsumerError.isMeant(by: errorName)
  }
}

extension Manifest {
  /// Takes over what was said of the run when it began.
  mutating func goesOn(from begun: Manifest, at moment: String) {
    run = begun.run
    startedAt = begun.startedAt
    arguments = begun.arguments
    resumedAt = (begun.resumedAt ?? []) + [moment]
    ddl = begun.ddl
    notes = begun.notes
  }
}
