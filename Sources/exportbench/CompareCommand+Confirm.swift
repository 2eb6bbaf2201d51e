// `exportbench compare --confirm`: what is suspected is measured again before anybody is woken.

import Bench
import Foundation
import Results

extension CompareCommand {
  /// Measures the paths and windows of regressions and suspects again, as the candidate was
  /// measured, and compares them with the base; nil where there are none. Only the candidate's side
  /// is measured again: what made the base may be gone.
  func measureAgain(
    _ found: Comparison, _ old: Baseline, _ new: Baseline, _ limits: Thresholds
  ) async throws -> Comparison? {
    let places = Set((found.regressions + found.suspects).map(\.place))
    guard !places.isEmpty else { return nil }
    let arguments = new.manifest.arguments
    guard arguments.first == "run" else {
      throw UsageError(
        sentence: "\(candidate) does not say how it was measured; leave --confirm out")
    }
    var command = try RunCommand.parse(Array(arguments.dropFirst())).members(arguments: arguments)[
      0
    ]
    .command
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
    Terminal.say("measuring \(found.regressions.count + found.suspects.count) suspects again")
    let plan = try command.readPlan(arguments: arguments)
    let folder = try RunFolder(
      creating: "\(URL(fileURLWithPath: candidate).path)-again", orNext: true)
    Terminal.say("writing to \(folder.path)")
    _ = try await command.measure(plan, on: try await command.chooseTarget(), into: folder)
    var before = old
    before.groups.removeAll { !places.contains($0.place) }
    return try Comparison(
      base: before, candidate: try Baseline(reading: folder.path), thresholds: limits)
  }
}
