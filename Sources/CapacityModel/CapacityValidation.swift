// The models of runs, each held against windows that it has not seen.

import Statistics

/// The largest window of each run, predicted from the smaller ones.
package struct CapacityValidation: Equatable, Sendable {
  /// One window that was left out.
  package struct Miss: Equatable, Sendable, Codable {
    package var run: String
    package var window: String
    package var measured: Double
    /// What the model said that was fitted without it.
    package var predicted: Double

    /// Predicted over measured, less 1.
    package var error: Double { predicted / measured - 1 }
  }

  /// The error that is aimed at.
  package static let goal = 0.15

  /// Every window that was left out.
  package let misses: [Miss]
  /// The typical relative error: the root mean square of the logarithm's.
  package let typical: Double

  /// The largest relative error.
  package var worst: Miss? { misses.max { abs($0.error) < abs($1.error) } }

  package init?(_ misses: [Miss]) {
    guard !misses.isEmpty else { return nil }
    self.misses = misses
    let squares = misses.reduce(0) { sum, miss in
      let error = Math.log(max(miss.predicted, .leastNormalMagnitude) / miss.measured)
      return sum + error * error
    }
    typical = (squares / Double(misses.count)).squareRoot()
  }
}

extension CapacityModel {
  /// The models of peak memory, a path and a state of merges each, in the order of the runs.
  package static func memory(_ cells: [CapacityCell]) -> [CapacityModel] {
    groups(cells).compactMap { group in
      guard let form = group.first?.form else { return nil }
      let target: @Sendable (CapacityCell) -> Double = { $0.peakBytes }
      var model = CapacityModel(
        group, terms: form.terms, later: form.laterTerms, target: target)
      model?.validation = validation(group, target) {
        CapacityModel(
          $0, terms: form.terms, later: form.laterTerms, target: target, withIntervals: false)
      }
      return model
    }
  }

  /// The models of the server's CPU time, in milliseconds.
  package static func cpu(_ cells: [CapacityCell]) -> [CapacityModel] {
    groups(cells.filter { $0.cpuMs > 0 }).compactMap { group in
      let target: @Sendable (CapacityCell) -> Double = { $0.cpuMs }
      let terms: [CapacityTerm] = [.window, .scanned]
      var model = CapacityModel(group, terms: terms, target: target)
      model?.validation = validation(group, target) {
        CapacityModel($0, terms: terms, target: target, withIntervals: false)
      }
      return model
    }
  }

  private static func groups(_ cells: [CapacityCell]) -> [[CapacityCell]] {
    struct Key: Hashable { let path, mergeState: String }
    func key(_ cell: CapacityCell) -> Key { Key(path: cell.path, mergeState: cell.mergeState) }
    let grouped = Dictionary(grouping: cells, by: key)
    return cells.map(key).uniqued().compactMap { grouped[$0] }
  }

  /// Of each run with two windows or more the largest is left out.
  private static func validation(
    _ cells: [CapacityCell], _ target: (CapacityCell) -> Double,
    fit: ([CapacityCell]) -> CapacityModel?
  ) -> CapacityValidation? {
    let windows = Dictionary(grouping: cells, by: \.run).mapValues { Set($0.map(\.windowMs)) }
    func isLeftOut(_ cell: CapacityCell) -> Bool {
      guard let known = windows[cell.run], known.count > 1 else { return false }
      return cell.windowMs == known.max()
    }
    guard let model = fit(cells.filter { !isLeftOut($0) }) else { return nil }
    return CapacityValidation(
      cells.filter(isLeftOut).map { cell in
        CapacityValidation.Miss(
          run: cell.run, window: cell.window, measured: target(cell),
          predicted: model.value(cell.drivers))
      })
  }
}
