// Whether two runs can be compared at all, and what a reader must know where they can.

import RunStore
import Units

/// What differs between two runs besides what they measured.
struct Comparability {
  /// Why they cannot be compared, and what to do; nil where they can.
  private(set) var obstacle: String?
  /// What differs and may be what is to be tested: settings, SQL, the engine, the machine.
  private(set) var notes: [String] = []
  /// Whether they were made on different machines.
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
      return "\(manifest.run) is not complete (\(manifest.status)); go on with it by "
        + "exportbench run --resume FOLDER, and compare then"
    }
    guard old.dataset.text == new.dataset.text else {
      return "\(old.run) is of the dataset \(old.dataset.file) and \(new.run) of "
        + "\(new.dataset.file), or of another version of it; measure both with one dataset"
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
      return "\(old.run) and \(new.run) have nothing in common: no path, window and state of "
        + "merges, and no leg of inserts, is in both; measure both with one benchmark"
    }
    return nil
  }

  private func differences(_ old: Manifest, _ new: Manifest) -> [String] {
    var notes: [String] = []
    if old.engine.version != new.engine.version {
      notes.append(
        "ClickHouse is \(new.engine.version) in the candidate and \(old.engine.version) in the "
          + "base: what differs may be the engine's doing")
    }
    if elsewhere {
      notes.append(
        "the machines differ (\(Comparability.text(old.machine)); candidate: "
          + "\(Comparability.text(new.machine))): peak memory has a threshold of "
          + "\(percent(Thresholds.unknown("memory_peak_bytes"))) at least")
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

  /// A definition names the run's own database.
  private static func withoutDatabase(_ ddl: String) -> String {
    ddl.replacing(/exportbench_\w+\./, with: "")
  }
}
