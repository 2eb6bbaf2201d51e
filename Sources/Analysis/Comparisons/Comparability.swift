// Whether two runs are comparable, and what else differs between them.

import RunStore
import Units

struct Comparability {
  /// Why they cannot be compared and how to fix it; nil if they can.
  private(set) var obstacle: String?
  /// Differences that may be the subject of the comparison: settings, SQL, engine, machine.
  private(set) var notes: [String] = []
  let elsewhere: Bool

  init(_ base: Baseline, _ candidate: Baseline) {
    let (old, new) = (base.manifest, candidate.manifest)
    elsewhere =
      old.machine.cpu != new.machine.cpu || old.machine.cores != new.machine.cores
      || abs(Double(old.machine.memoryBytes) - Double(new.machine.memoryBytes))
        > Double(old.machine.memoryBytes) / 10
    obstacle = Comparability.obstacle(base, candidate)
    if obstacle == nil { notes = differences(old, new) }
  }

  private static func obstacle(_ base: Baseline, _ candidate: Baseline) -> String? {
    let (old, new) = (base.manifest, candidate.manifest)
    for manifest in [old, new] where !manifest.complete {
      return "\(manifest.run) is not complete (\(manifest.status)); resume it with: "
        + "exportbench run --resume FOLDER"
    }
    guard statements(of: old.dataset.text) == statements(of: new.dataset.text) else {
      return "\(old.run) used the dataset \(old.dataset.file) and \(new.run) "
        + "\(new.dataset.file), or a different version of it; measure both with one dataset"
    }
    guard old.dataset.rows == new.dataset.rows else {
      return "the dataset has \(old.dataset.rows) rows in \(old.run) and \(new.dataset.rows) in "
        + "\(new.run): the generator has changed; measure the base again"
    }
    for group in base.groups where group.place.mergeState == "fresh" {
      let parts = [group, candidate[group.place]].map { side in
        side?.figures.first { $0.figure == "parts" }?.values.first
      }
      if let before = parts[0], let now = parts[1], before != now {
        return "the \(group.place.subject) has \(fixed(before, 0)) parts in \(old.run) and "
          + "\(fixed(now, 0)) in \(new.run); load both with the same rows_per_insert"
      }
    }
    let places = Set(base.groups.map(\.place)).intersection(candidate.groups.map(\.place))
    guard places.contains(where: { $0.scope != .storage }) else {
      return "\(old.run) and \(new.run) have no common cell: no path, window and merge "
        + "state, and no insert leg; measure both with one benchmark"
    }
    return nil
  }

  /// The lines of a YAML text without comments: a reworded comment does not change a dataset.
  private static func statements(of text: String) -> [Substring] {
    text.split(separator: "\n").filter { !$0.drop(while: { $0 == " " }).hasPrefix("#") }
  }

  private func differences(_ old: Manifest, _ new: Manifest) -> [String] {
    var notes: [String] = []
    if old.engine.version != new.engine.version {
      notes.append(
        "ClickHouse is \(new.engine.version) in the candidate and \(old.engine.version) in the "
          + "base: the engine may cause differences")
    }
    if elsewhere {
      notes.append(
        "the machines differ (\(Comparability.text(old.machine)); candidate: "
          + "\(Comparability.text(new.machine))): the threshold of peak memory is at least "
          + "\(percent(Thresholds.unknown("memory_peak_bytes")))")
    }
    for (profile, settings) in new.settings.sorted(by: { $0.key < $1.key }) {
      let before = old.settings[profile] ?? [:]
      for name in Set(settings.keys).union(before.keys).sorted()
      where settings[name] != before[name] {
        notes.append(
          "the setting \(name) of \(profile) is \(settings[name] ?? "not set") in the candidate "
            + "and \(before[name] ?? "not set") in the base")
      }
    }
    for path in new.paths {
      guard let before = old.paths.first(where: { $0.name == path.name }) else { continue }
      if before.sql != path.sql { notes.append("the SQL of \(path.name) has changed") }
    }
    for (name, ddl) in new.ddl.sorted(by: { $0.key < $1.key })
    where old.ddl[name].map({ Self.withoutDatabase($0) != Self.withoutDatabase(ddl) }) ?? false {
      notes.append("the definition of \(name) has changed")
    }
    return notes
  }

  private static func text(_ machine: Manifest.Machine) -> String {
    "\(machine.cpu), \(machine.cores) core\(machine.cores == 1 ? "" : "s"), "
      + "\(ByteCount(machine.memoryBytes))"
  }

  /// Definitions contain the run's database.
  private static func withoutDatabase(_ ddl: String) -> String {
    ddl.replacing(/exportbench_\w+\./, with: "")
  }
}
