// Non-negative least squares for a few unknowns.

/// Lawson and Hanson, "Solving Least Squares Problems" (1974), chapter 23, on the normal equations.
/// Sufficient for the few terms of a capacity model, whose columns are first scaled to equal size.
package enum NonNegative {
  /// The coefficients x ≥ 0 that minimize |`rows · x` − `target`|.
  ///
  /// `ridge` is a fraction of a column's norm: it only matters for equal columns, which then share
  /// the coefficient evenly.
  package static func solve(_ rows: [[Double]], _ target: [Double], ridge: Double = 1e-4)
    -> [Double]
  {
    guard let count = rows.first?.count, count > 0 else { return [] }
    let scale = (0..<count).map { column in
      let sum = rows.reduce(0) { $0 + $1[column] * $1[column] }
      return sum > 0 ? (sum / Double(rows.count)).squareRoot() : 1
    }
    var gram = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    var right = [Double](repeating: 0, count: count)
    for (row, value) in zip(rows, target) {
      for i in 0..<count {
        right[i] += row[i] / scale[i] * value
        for j in 0..<count { gram[i][j] += row[i] / scale[i] * row[j] / scale[j] }
      }
    }
    for i in 0..<count { gram[i][i] += ridge * Double(rows.count) }
    let solution = lawsonHanson(gram, right)
    return zip(solution, scale).map { $0 / $1 }
  }

  private static func lawsonHanson(_ gram: [[Double]], _ right: [Double]) -> [Double] {
    let count = right.count
    var x = [Double](repeating: 0, count: count)
    var passive: [Int] = []
    // Each round adds one unknown; bounded in case rounding makes one alternate.
    for _ in 0..<(4 * count) {
      let slope = (0..<count).map { i in
        right[i] - (0..<count).reduce(0) { $0 + gram[i][$1] * x[$1] }
      }
      let least = 1e-10 * (right.map(abs).max() ?? 0)
      guard
        let next = (0..<count).filter({ !passive.contains($0) && slope[$0] > least })
          .max(by: { slope[$0] < slope[$1] })
      else { break }
      passive.append(next)
      while !passive.isEmpty {
        let trial = solved(gram, right, passive)
        guard trial.contains(where: { $0 <= 0 }) else {
          for (place, index) in passive.enumerated() { x[index] = trial[place] }
          break
        }
        var step = 1.0
        for (place, index) in passive.enumerated() where trial[place] <= 0 {
          step = min(step, x[index] / max(x[index] - trial[place], .leastNormalMagnitude))
        }
        for (place, index) in passive.enumerated() { x[index] += step * (trial[place] - x[index]) }
        let leaving = passive.enumerated().filter { trial[$0] <= 0 && x[$1] <= 1e-12 }.map(
          \.element)
        // At least one must leave, or the loop would not end.
        let gone = leaving.isEmpty ? [passive.min { x[$0] < x[$1] } ?? next] : leaving
        for index in gone { x[index] = 0 }
        passive.removeAll { gone.contains($0) }
      }
    }
    return x
  }

  /// Solves the equations of some unknowns by Gaussian elimination with pivoting.
  private static func solved(_ gram: [[Double]], _ right: [Double], _ indices: [Int]) -> [Double] {
    var rows = indices.map { i in indices.map { gram[i][$0] } + [right[i]] }
    let count = indices.count
    for column in 0..<count {
      let pivot = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
      rows.swapAt(column, pivot)
      guard abs(rows[column][column]) > 0 else { continue }
      for row in 0..<count where row != column {
        let factor = rows[row][column] / rows[column][column]
        for place in column...count { rows[row][place] -= factor * rows[column][place] }
      }
    }
    return (0..<count).map { abs(rows[$0][$0]) > 0 ? rows[$0][count] / rows[$0][$0] : 0 }
  }
}
