// `exportbench compare --confirm`: measures suspected regressions again before the gate fails.

import Analysis
import Failures
import Foundation
import RunStore

extension CompareCommand {
  /// Measures the cells of regressions and suspects again with the candidate's arguments, and
  /// compares the result with every base. Bases are not measured again: their server may no longer
  /// exist.
  func confirmed(
    _ found: [Comparison], _ bases: [Baseline], _ new: Baseline, _ limits: Thresholds
  ) async throws -> [Comparison] {
    let places = found.map { Set(($0.regressions + $0.suspects).map(\.place)) }
    let doubted = found.indices.filter { !places[$0].isEmpty }
    guard !doubted.isEmpty else { return found }
    let again = try await measureAgain(places.reduce(into: []) { $0.formUnion($1) }, new)
    let before = doubted.map { index in
      var base = bases[index]
      base.groups.removeAll { !places[index].contains($0.place) }
      return base
    }
    let second = try Comparison.all(bases: before, candidate: again, thresholds: limits)
    var result = found
    for (index, comparison) in zip(doubted, second) {
      result[index] = found[index].confirmed(by: comparison)
    }
    return result
  }

  private func measureAgain(
    _ places: Set<Baseline.Place>, _ new: Baseline
  ) async throws -> Baseline {
    let arguments = new.manifest.arguments
    guard arguments.first == "run" else {
      throw UserError.usage("\(candidate) has no record of its arguments; omit --confirm")
    }
    var command = try Sweep(arguments: arguments, server: nil).members[0].command
    let exports = places.filter { $0.scope == .export }
    if !exports.isEmpty {
      // In the order of the run, so that ratios are taken as before where they can be.
      let paths = new.manifest.paths.map(\.name).filter { name in
        exports.contains { $0.subject == name }
      }
      let windows = new.groups.compactMap(\.place.window).filter { window in
        exports.contains { $0.window == window }
      }
      command.paths = paths.joined(separator: ",")
      command.windows = Set(windows).sorted().joined(separator: ",")
    }
    Terminal.say("measuring \(places.count) suspected cell\(places.count == 1 ? "" : "s") again")
    let plan = try command.readPlan(arguments: arguments)
    let folder = try RunFolder(
      creating: "\(URL(fileURLWithPath: candidate).path)-again", orNext: true)
    Terminal.say("writing to \(folder.path)")
    _ = try await command.measure(plan, on: try await command.chooseTarget(), into: folder)
    return try Baseline(reading: folder.path)
  }
}
