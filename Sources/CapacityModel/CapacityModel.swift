// Model of memory (or CPU) of one path in one merge state, fitted to the cells of runs.
//
// The fit minimizes relative errors, because peaks span two orders of magnitude, with non-negative
// coefficients, because no term frees memory. The uncertainty combines the jackknife (each cell
// left out once) with the larger of the residual and the cross-validation spread.

import Statistics

package struct CapacityPrediction: Equatable, Sendable, Codable {
  package var value: Double
  package var low: Double
  package var high: Double

  /// The interval is too wide to determine the value.
  package var isOpen: Bool { high > 100 * low }
}

/// A term, or terms that the data do not separate, with a coefficient.
package struct CapacityCoefficient: Equatable, Sendable, Codable {
  package var terms: [CapacityTerm]
  /// Bytes (or milliseconds) per unit.
  package var value: Double
  /// Belongs to the later phase.
  package var isLater = false

  package func amount(_ drivers: CapacityDrivers) -> Double {
    value * terms.reduce(0) { $0 + $1.value(drivers) }
  }
}

/// Terms that the cells do not separate.
package struct CapacityTie: Equatable, Sendable, Codable {
  package var kept: CapacityTerm
  package var other: CapacityTerm
  /// Both are in the formula with one coefficient; otherwise only the first is.
  package var areJoined: Bool
}

package struct CapacityModel: Sendable {
  package let path: String
  package let mergeState: String
  package let cells: [CapacityCell]
  package let form: CapacityForm
  /// A sum; with two phases, the constant plus the larger sum.
  package private(set) var coefficients: [CapacityCoefficient]
  package let ties: [CapacityTie]
  /// Root mean square of the logarithmic errors on its own cells.
  package private(set) var residual = 0.0
  /// Largest relative error on its own cells.
  package private(set) var worst = 0.0
  /// Cross-validation; nil with too few windows.
  package internal(set) var validation: CapacityValidation?
  private var jackknife: [[CapacityCoefficient]] = []
  private let target: @Sendable (CapacityCell) -> Double

  /// Minimum number of cells; one less if a window is left out.
  package static let fewestCells = 5

  /// Nil with fewer than ``fewestCells`` cells. Without intervals only values are computed.
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

  /// Bytes, or milliseconds.
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

  /// The value with the 95 % prediction interval of one measurement.
  ///
  /// In logarithms: jackknife variance of the value (Efron and Stein 1981) plus the squared spread,
  /// times Student's t. The spread is the larger of the residuals' and the cross-validation's.
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

  /// Ratio of an export to the largest measured one, and the quantity with that ratio.
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

  /// Terms that reach their limit in this export but in no cell: the limit is known from
  /// ClickHouse's design, not measured.
  package func unseenLimits(of drivers: CapacityDrivers) -> [CapacityTerm] {
    func sum(_ isLater: Bool) -> Double {
      coefficients.filter { $0.isLater == isLater && $0.terms != [.constant] }
        .reduce(0) { $0 + $1.amount(drivers) }
    }
    let laterCounts = sum(true) > sum(false)
    return coefficients.filter { $0.value > 0 && $0.isLater == laterCounts }.flatMap(\.terms)
      .filter { term in term.isFull(drivers) && !cells.contains { term.isFull($0.drivers) } }
  }

  /// log(predicted / measured).
  package func error(of cell: CapacityCell) -> Double {
    Math.log(max(value(cell.drivers), .leastNormalMagnitude) / max(target(cell), 1e-9))
  }
}

/// Two-sided 95 % point of Student's t: exact for one and two degrees of freedom, otherwise the
/// expansion in 1/ν (Abramowitz and Stegun 26.7.5), within 1 %.
func student(_ freedom: Int) -> Double {
  if freedom <= 1 { return 12.706 }
  if freedom == 2 { return 4.303 }
  let (z, n) = (1.959964, Double(freedom))
  let (z3, z5, z7) = (z * z * z, z * z * z * z * z, z * z * z * z * z * z * z)
  return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n)
    + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n)
}
