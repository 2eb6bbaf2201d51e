// Cross-validation: predicts the largest window of each run from the smaller ones.

import Statistics

package struct CapacityValidation: Equatable, Sendable {
  package struct Miss: Equatable, Sendable, Codable {
    package var run: String
    package var window: String
    package var measured: Double
    /// Predicted without this window.
    package var predicted: Double

    /// predicted / measured − 1.
    package var error: Double { predicted / measured - 1 }
  }

  /// Target error.
  package static let goal = 0.15

  package let misses: [Miss]
  /// Root mean square of the logarithmic errors.
  package let typical: Double

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
  /// One per path and merge state, in the order of the runs.
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

  /// Server CPU time, in milliseconds.
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
    cells.grouped { [$0.path, $0.mergeState] }.map(\.members)
  }

  /// Leaves out the largest window of each run with at least two.
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
