// Environment of a run as text, for self-contained reports.

import CSVRecords
import ClickHouseSQL
import RunStore
import Units

package struct Environment {
  let facts: [(name: String, text: String)]
  let documents: [(title: String, text: String, language: String)]

  init(_ manifest: Manifest) {
    facts = Self.facts(manifest)
    documents =
      manifest.settings.sorted { $0.key < $1.key }.map { profile, settings in
        let text = SecretMask.masked(settings: settings).sorted { $0.key < $1.key }
          .map { "\($0.key) = \($0.value)" }
        return ("Settings: \(profile)", text.joined(separator: "\n"), "")
      }
      // Reports are shared; SQL of a user's own paths is not included.
      + manifest.paths.map { path in
        path.isOwn == true
          ? ("Path: \(path.name)", "From --paths-dir: its SQL is only in manifest.json.", "")
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
      let memory = harness.rssPeakBytes.map { ", \(ByteCount($0)) peak resident" } ?? ""
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
