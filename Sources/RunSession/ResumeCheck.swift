// Checks whether a run may be resumed here: with the same tool, machine, server, files and
// settings.

import Failures
import RunStore

/// Compares the manifest of a run that is resumed with that of the present process.
struct ResumeCheck {
  /// The run's, for sentences.
  let folder: String

  /// Refuses to mix two runs: names the first difference that would.
  func refuseDifferences(between begun: Manifest, and now: Manifest) throws {
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

  /// Refuses to resume with another server.
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
    throw UserError.input(
      "\(folder) cannot be resumed, because \(what) differs: the run started with "
        + "'\(begun)', and now it is '\(now)'; restore it, or start a new run")
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
    throw UserError.input(
      "\(folder) cannot be resumed, because \(what) (\(now.file)) has changed: line "
        + "\(line + 1) was \(words(old)) and is \(words(new)); restore it, or start a new run")
  }
}

extension Manifest {
  /// Takes over what was recorded when the run began.
  ///
  /// - Parameters:
  ///   - begun: the manifest of the beginning.
  ///   - moment: the time of the resumption.
  mutating func resume(_ begun: Manifest, at moment: String) {
    run = begun.run
    startedAt = begun.startedAt
    arguments = begun.arguments
    resumedAt = (begun.resumedAt ?? []) + [moment]
    ddl = begun.ddl
    notes = begun.notes
  }
}
