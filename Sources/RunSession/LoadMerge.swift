// Merges the phases of several drivers of one load. The drivers ran them at the same time with a
// share of the requests each; the first driver sampled the tables.

import Failures
import RunStore

struct LoadMerge {
  /// The records of each driver, the first driver's first.
  let drivers: [Records]

  /// - Throws: ``UserError`` if the drivers have different phases, or a file cannot be written.
  func write(into folder: RunFolder) throws {
    let phases = try phases()
    try folder.append(
      drivers.flatMap(\.requests).sorted {
        ($0.phase, $0.stream, $0.number) < ($1.phase, $1.stream, $1.number)
      })
    try folder.append(seconds())
    try folder.append(phases)
  }

  private func phases() throws -> [PhaseSample] {
    guard let first = drivers.first?.phases else { return [] }
    return try first.enumerated().map { place, phase in
      let all = try drivers.map { driver in
        guard driver.phases.count == first.count, driver.phases[place].label == phase.label else {
          throw UserError.input("the drivers have different phases; merge the drivers of one load")
        }
        return driver.phases[place]
      }
      var sum = phase
      sum.plannedRequests = all.map(\.plannedRequests).reduce(0, +)
      sum.elapsedMs = all.map(\.elapsedMs).max() ?? phase.elapsedMs
      sum.driverCPUMs = total(all.map(\.driverCPUMs))
      sum.driverCores = total(all.map(\.driverCores))
      sum.otherRowsExports = total(all.map(\.otherRowsExports))
      sum.exportsError = all.lazy.compactMap(\.exportsError).first
      if all.contains(where: { $0.outcome == .interrupted }) { sum.outcome = .interrupted }
      return sum
    }
  }

  /// The first driver's samples with the sums of all drivers.
  private func seconds() -> [SecondSample] {
    let others = drivers.dropFirst().map { Dictionary(grouping: $0.seconds, by: \.phase) }
    return (drivers.first?.seconds ?? []).map { look in
      var sum = look
      for driver in others {
        // Samples start together and are one second apart.
        guard
          let near = driver[look.phase]?.min(by: {
            abs($0.elapsedMs - look.elapsedMs) < abs($1.elapsedMs - look.elapsedMs)
          })
        else { continue }
        sum.inFlight += near.inFlight
        sum.waiting += near.waiting
        sum.succeeded += near.succeeded
        sum.failed += near.failed
        sum.acknowledgedRows += near.acknowledgedRows
        sum.driverCPUMs = total([sum.driverCPUMs, near.driverCPUMs])
      }
      return sum
    }
  }
}
