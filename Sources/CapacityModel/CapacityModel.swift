// The memory (or CPU) of one path in one state of merges, fitted to the cells of runs.
//
// The fit minimizes relative errors, because peaks span two orders of magnitude, and takes no
// negative coefficient, because no term frees memory. Its uncertainty is the jackknife's (each cell
// left out once) together with the spread of the residuals, or of the windows that were predicted
// without being seen where that is larger.

import Statistics

/// A prediction with its 95 % interval.
package struct CapacityPrediction: Equatable, Sendable, Codable {
  /// The value of the formula.
  package var value: Double
  /// The lower end.
  package var low: Double
  /// The upper end.
  package var high: Double

  /// Whether the ends lie so far apart that the data do not say where between them the value is.
  package var isOpen: Bool { high > 100 * low }
}

/// One term of a formula: so many units of it, or of terms that the data could not tell apart.
package struct CapacityCoefficient: Equatable, Sendable, Codable {
  /// The terms; several were fitted with one coefficient.
  package var terms: [CapacityTerm]
  /// Bytes (or milliseconds) for each unit.
  package var value: Double
  /// Whether it belongs to the later phase of a form that has two.
  package var isLater = false

  package func amount(_ drivers: CapacityDrivers) -> Double {
    value * terms.reduce(0) { $0 + $1.value(drivers) }
  }
}

/// Terms that the cells could not tell apart.
package struct CapacityTie: Equatable, Sendable, Codable {
  package var kept: CapacityTerm
  /// The one that goes with it.
  package var other: CapacityTerm
  /// Whether both are in the formula under one coefficient, or only the first.
  package var areJoined: Bool
}

/// A formula with what is known of its error.
package struct CapacityModel: Sendable {
  package let path: String
  package let mergeState: String
  /// The cells that it was fitted to.
  package let cells: [CapacityCell]
  /// What the path does with rows.
  package let form: CapacityForm
  /// The formula: a sum, or of two phases the constant and the larger sum.
  package private(set) var coefficients: [CapacityCoefficient]
  /// Terms that could not be told apart.
  package let ties: [CapacityTie]
  /// The typical relative error on its own cells (root mean square of the logarithm's).
  package private(set) var residual = 0.0
  /// The largest relative error on its own cells.
  package private(set) var worst = 0.0
  /// The largest windows, predicted from the smaller ones; nil where there were too few.
  package internal(set) var validation: CapacityValidation?
  private var jackknife: [[CapacityCoefficient]] = []
  private let target: @Sendable (CapacityCell) -> Double

  /// The fewest cells that a model is fitted to; one less where a window is left out.
  package static let fewestCells = 5

  /// Fits a formula; nil for fewer than ``fewestCells`` cells. Without intervals it is only asked
  /// for values.
  package init?(
    _ cells: [CapacityCell], terms: [CapacityTerm], later: [CapacityTerm] = [],
    target: @escaping @Sendable (CapacityCell) -> Double, withIntervals: Bool = true
  ) {
    let fewest = Self.fewestCells - (withIntervals ? 0 : 1)
    guard let first = cells.first, cells.count >= fewest else { return nil }
    (path, mergeState, form) = (first.path, first.mergeState, first.form)
    self.cells = cells
    self.target = target
    let fit = CapacityFit(cells, terms: terms, later: later, target: target)
    ties = fit.ties
    coefficients = fit.solved()
    let errors = cells.map { error(of: $0) }
    let freedom = max(1, cells.count - coefficients.count { $0.value > 0 })
    residual = (errors.reduce(0) { $0 + $1 * $1 } / Double(freedom)).squareRoot()
    worst = cells.map { abs(value($0.drivers) / target($0) - 1) }.max() ?? 0
    guard withIntervals else { return }
    jackknife = cells.indices.map { fit.without($0).solved(from: coefficients) }
  }

  /// The formula's value: bytes, or milliseconds.
  package func value(_ drivers: CapacityDrivers) -> Double {
    Self.value(coefficients, drivers)
  }

  package static func value(_ formula: [CapacityCoefficient], _ drivers: CapacityDrivers) -> Double
  {
    var (constant, first, later) = (0.0, 0.0, 0.0)
    for coefficient in formula {
      let amount = coefficient.amount(drivers)
      if coefficient.terms == [.constant] {
        constant += amount
      } else if coefficient.isLater {
        later += amount
      } else {
        first += amount
      }
    }
    return constant + max(first, later)
  }

  /// The value with the 95 % interval of one more measurement.
  ///
  /// In logarithms: the jackknife's variance of the formula's value (Efron and Stein 1981) plus the
  /// square of the spread, times Student's t. The spread is the larger of the residuals' and the
  /// validation's.
  package func predict(_ drivers: CapacityDrivers) -> CapacityPrediction {
    let middle = max(value(drivers), .leastNormalMagnitude)
    let logs = jackknife.map { Math.log(max(Self.value($0, drivers), .leastNormalMagnitude)) }
    let mean = logs.reduce(0, +) / Double(max(1, logs.count))
    let squares = logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let variance = logs.isEmpty ? 0 : squares * Double(logs.count - 1) / Double(logs.count)
    let spread = max(residual, validation?.typical ?? 0)
    let freedom = max(1, cells.count - coefficients.count { $0.value > 0 })
    let width = student(freedom) * (variance + spread * spread).squareRoot()
    return CapacityPrediction(
      value: middle, low: middle * Math.exp(-width), high: middle * Math.exp(width))
  }

  /// How many times larger than anything measured an export is, and by which measure.
  package func extrapolation(to drivers: CapacityDrivers) -> (factor: Double, by: String) {
    var found = (factor: 0.0, by: "")
    func consider(_ value: Double, _ most: Double?, _ name: String) {
      guard let most, most > 0, value / most > found.factor else { return }
      found = (value / most, name)
    }
    consider(drivers.windowBytes, cells.map(\.drivers.windowBytes).max(), "bytes in the window")
    consider(drivers.rows, cells.map(\.drivers.rows).max(), "rows in the window")
    for coefficient in coefficients where coefficient.value > 0 {
      for term in coefficient.terms where term != .constant {
        consider(term.value(drivers), cells.map { term.value($0.drivers) }.max(), term.rawValue)
      }
    }
    return found
  }

  /// Terms that an export fills and no cell did: that they stop to grow there is what ClickHouse
  /// is known to do, and was not measured.
  package func unseenLimits(of drivers: CapacityDrivers) -> [CapacityTerm] {
    func sum(_ isLater: Bool) -> Double {
      coefficients.filter { $0.isLater == isLater && $0.terms != [.constant] }
        .reduce(0) { $0 + $1.amount(drivers) }
    }
    let laterCounts = sum(true) > sum(false)
    return coefficients.filter { $0.value > 0 && $0.isLater == laterCounts }.flatMap(\.terms)
      .filter { term in term.isFull(drivers) && !cells.contains { term.isFull($0.drivers) } }
  }

  /// The logarithm of predicted over measured.
  package func error(of cell: CapacityCell) -> Double {
    Math.log(max(value(cell.drivers), .leastNormalMagnitude) / max(target(cell), 1e-9))
  }
}

/// The two-sided 95 % point of Student's t: exact for one and two degrees of freedom, and from
/// three on by the expansion in 1/ν (Abramowitz and Stegun 26.7.5), within 1 % there.
func student(_ freedom: Int) -> Double {
  if freedom <= 1 { return 12.706 }
  if freedom == 2 { return 4.303 }
  let (z, n) = (1.959964, Double(freedom))
  let (z3, z5, z7) = (z * z * z, z * z * z * z * z, z * z * z * z * z * z * z)
  return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n)
    + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n)
}
