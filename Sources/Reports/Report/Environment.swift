// What a run was made with, in words: the last part of a report that stands for itself.

import CSVRecords
import ClickHouseSQL
import RunStore
import Units

/// The environment of a run.
struct Environment {
  /// Version, arguments, machine.
  package let facts: [(name: String, text: String)]
  /// Settings, statements, input files: a title, a text, and its language.
  let documents: [(title: String, text: String, language: String)]

  init(_ manifest: Manifest) {
    facts = Self.facts(manifest)
    documents =
      manifest.settings.sorted { $0.key < $1.key }.map { profile, settings in
        let text = SecretMask.masked(settings: settings).sorted { $0.key < $1.key }
          .map { "\($0.key) = \($0.value)" }
        return ("Settings: \(profile)", text.joined(separator: "\n"), "")
      }
      // A report is passed on, and a user's SQL is the user's.
      + manifest.paths.map { path in
        path.isOwn == true
          ? ("Path: \(path.name)", "Of your own folder: its SQL is in manifest.json only.", "")
          : ("Path: \(path.name)", SecretMask.masked(message: path.sql), "sql")
      }
      + manifest.ddl.sorted { $0.key < $1.key }.map {
        ("Schema: \($0.key)", SecretMask.masked(sql: $0.value), "sql")
      }
      + [
        ("Benchmark", manifest.benchmark.text, "yaml"), ("Dataset", manifest.dataset.text, "yaml"),
      ]
  }

  private static func facts(_ manifest: Manifest) -> [(name: String, text: String)] {
    let (engine, machine) = (manifest.engine, manifest.machine)
    var facts = [
      ("exportbench", "\(manifest.toolVersion), seed \(manifest.seed)"),
      ("arguments", manifest.arguments.joined(separator: " ")),
      ("started", manifest.startedAt),
      ("finished", manifest.finishedAt ?? "not finished"),
      ("status", manifest.status),
      ("server", "ClickHouse \(engine.version), \(engine.kind), \(engine.url), \(engine.source)"),
      (
        "machine",
        "\(machine.cpu), \(plural(machine.cores, "core")), \(ByteCount(machine.memoryBytes)), "
          + "\(machine.os), kernel \(machine.kernel)"
      ),
      ("benchmark", manifest.benchmark.file),
      ("dataset", manifest.dataset.file),
    ]
    if let allocator = manifest.allocator {
      facts.append(
        (
          "allocator",
          "\(allocator.name) \(allocator.version), \(allocator.proven ? "proven" : "not proven")"
            + " for \(allocator.covers.joined(separator: ", ")): \(allocator.detail)"
        ))
    }
    if let harness = manifest.harness {
      let memory = harness.rssPeakBytes.map { ", \(ByteCount($0)) resident at most" } ?? ""
      facts.append(
        (
          "harness",
          "\(FigureUnit.milliseconds.text(harness.cpuMs)) of CPU in "
            + "\(FigureUnit.milliseconds.text(harness.wallMs))\(memory)"
        ))
    }
    return facts
  }
}
