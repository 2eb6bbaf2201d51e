// Fits a capacity model: selects terms that the cells separate, and computes coefficients.

import Statistics

struct CapacityFit {
  private let cells: [CapacityCell]
  private let target: @Sendable (CapacityCell) -> Double
  /// Terms of a group share one coefficient.
  private let first: [[CapacityTerm]]
  private let later: [[CapacityTerm]]
  let ties: [CapacityTie]

  /// Columns with a cosine above this differ by less than noise and are treated as one.
  private static let sameness = 0.998

  init(
    _ cells: [CapacityCell], terms: [CapacityTerm], later: [CapacityTerm],
    target: @escaping @Sendable (CapacityCell) -> Double
  ) {
    self.cells = cells
    self.target = target
    var ties: [CapacityTie] = []
    var kept: [[CapacityTerm]] = [[.constant]]
    let columns = { (term: CapacityTerm) in cells.map { term.value($0.drivers) / target($0) } }
    // A term joins one of its phase, or is dropped in favour of the constant.
    func group(_ terms: [CapacityTerm]) -> [[CapacityTerm]] {
      var groups: [[CapacityTerm]] = []
      for term in terms where columns(term).contains(where: { $0 > 0 }) {
        let twin = (kept + groups).first {
          cosine(columns($0[0]), columns(term)) > Self.sameness
        }
        guard let twin else {
          groups.append([term])
          continue
        }
        let joins = twin[0] != .constant && twin[0].isCount == term.isCount
        ties.append(CapacityTie(kept: twin[0], other: term, areJoined: joins))
        if joins, let place = groups.firstIndex(of: twin) { groups[place].append(term) }
      }
      return groups
    }
    let first = group(terms)
    kept = [[.constant]]
    self.later = group(later)
    self.first = first
    self.ties = ties
  }

  private init(_ fit: CapacityFit, without index: Int) {
    cells = fit.cells.enumerated().filter { $0.offset != index }.map(\.element)
    (target, first, later, ties) = (fit.target, fit.first, fit.later, fit.ties)
  }

  func without(_ index: Int) -> CapacityFit { CapacityFit(self, without: index) }

  /// Coefficients with the least relative errors.
  ///
  /// With two phases the larger counts: cells are assigned to phases, the sums are fitted, and
  /// cells are reassigned until the assignment is stable. This finds a local minimum, so it starts
  /// from several assignments; `formula`, from a fit to nearly the same cells, replaces them.
  func solved(from formula: [CapacityCoefficient]? = nil) -> [CapacityCoefficient] {
    guard !later.isEmpty else { return coefficients(isLater: cells.map { _ in false }) }
    let starts: [[Bool]]
    if let formula {
      starts = [phases(formula)]
    } else {
      let share = cells.map { cell in
        sum(later, cell) / max(sum(first, cell), .leastNormalMagnitude)
      }
      let order = cells.indices.sorted { (share[$0], $0) < (share[$1], $1) }
      starts = (0...6).map { part in
        let cut = cells.count * part / 6
        var isLater = cells.map { _ in false }
        for index in order[cut...] { isLater[index] = true }
        return isLater
      }
    }
    var best: (error: Double, formula: [CapacityCoefficient])?
    for start in starts {
      var isLater = start
      var found = coefficients(isLater: isLater)
      for _ in 0..<12 {
        let next = phases(found)
        if next == isLater { break }
        isLater = next
        found = coefficients(isLater: isLater)
      }
      let error = cells.reduce(0.0) { sum, cell in
        let miss = CapacityModel.value(found, cell.drivers) / target(cell) - 1
        return sum + miss * miss
      }
      if error < best?.error ?? .infinity { best = (error, found) }
    }
    return best?.formula ?? []
  }

  private func coefficients(isLater: [Bool]) -> [CapacityCoefficient] {
    let groups = [[CapacityTerm.constant]] + first + later
    let firstLater = 1 + first.count
    let rows = zip(cells, isLater).map { cell, cellIsLater in
      groups.enumerated().map { place, terms in
        let counts = later.isEmpty || place == 0 || (place >= firstLater) == cellIsLater
        return counts ? sum([terms], cell) / target(cell) : 0
      }
    }
    let values = NonNegative.solve(rows, cells.map { _ in 1 })
    return groups.enumerated().map { place, terms in
      CapacityCoefficient(terms: terms, value: values[place], isLater: place >= firstLater)
    }
  }

  /// Cells in which the later phase is larger.
  private func phases(_ formula: [CapacityCoefficient]) -> [Bool] {
    cells.map { cell in
      func sum(_ isLater: Bool) -> Double {
        formula.filter { $0.isLater == isLater && $0.terms != [.constant] }
          .reduce(0) { $0 + $1.amount(cell.drivers) }
      }
      return sum(true) > sum(false)
    }
  }

  private func sum(_ groups: [[CapacityTerm]], _ cell: CapacityCell) -> Double {
    groups.joined().reduce(0) { $0 + $1.value(cell.drivers) }
  }
}

private func cosine(_ a: [Double], _ b: [Double]) -> Double {
  let product = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  let sizes = a.reduce(0) { $0 + $1 * $1 } * b.reduce(0) { $0 + $1 * $1 }
  return sizes > 0 ? product / sizes.squareRoot() : 0
}
