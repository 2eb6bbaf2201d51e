// Scales of charts: ranges and ticks in readable units.

import CSVRecords
import Statistics
import Units

/// Values are in their own unit: bytes, milliseconds, a ratio.
struct ChartScale {
  let isLogarithmic: Bool
  let ticks: [Double]
  let domain: (low: Double, high: Double)
  private let unit: FigureUnit?

  private static let mostTicks = 7

  /// Logarithmic, from tick to tick; nil if no value is above 0. `unit` is nil for ratios.
  init?(logarithmic values: [Double], unit: FigureUnit?) {
    let positive = values.filter { $0 > 0 && $0.isFinite }
    guard let least = positive.min(), let most = positive.max() else { return nil }
    isLogarithmic = true
    self.unit = unit
    let all = unit == .bytes ? Self.powersOfTwo : Self.decimals([1, 2, 5])
    let low = all.last { $0 <= least } ?? all[0]
    let high = all.first { $0 >= most && $0 > low } ?? all[all.count - 1]
    domain = (low, high)
    let inside = { (ticks: [Double]) in ticks.filter { $0 >= low && $0 <= high } }
    if unit == .bytes {
      let found = inside(all)
      let step = (found.count + Self.mostTicks - 1) / Self.mostTicks
      ticks = found.enumerated().filter { $0.offset.isMultiple(of: step) }.map(\.element)
    } else {
      let fine = inside(all)
      ticks = fine.count <= Self.mostTicks ? fine : inside(Self.decimals([1]))
    }
  }

  init(upTo most: Double, unit: FigureUnit?) {
    isLogarithmic = false
    self.unit = unit
    let steps = unit == .bytes ? Self.powersOfTwo : Self.decimals([1, 2, 5])
    let step = steps.first { most / $0 <= 5 } ?? most / 5
    let count = max(1, whole((most / step).rounded(.up)))
    ticks = (0...count).map { Double($0) * step }
    domain = (0, Double(count) * step)
  }

  private static let powersOfTwo = (0..<50).map { Double(1 << $0) }

  private static func decimals(_ digits: [Double]) -> [Double] {
    (-4...12).flatMap { power -> [Double] in
      let scale = (0..<abs(power)).reduce(1.0) { product, _ in product * 10 }
      return digits.map { power < 0 ? $0 / scale : $0 * scale }
    }
  }

  /// Position of a value, from 0 to 1.
  func position(_ value: Double) -> Double {
    guard isLogarithmic else { return value / domain.high }
    let (low, high) = (Math.log(domain.low), Math.log(domain.high))
    return (Math.log(max(value, domain.low)) - low) / (high - low)
  }

  var scale: JSON {
    [
      "type": .string(isLogarithmic ? "log" : "linear"),
      "domain": [.number(domain.low), .number(domain.high)], "nice": false,
    ]
  }

  var axis: JSON {
    [
      "values": .array(ticks.map(JSON.number)), "labelExpr": .string(expression), "title": nil,
      "labelOverlap": "greedy", "labelSeparation": 14,
    ]
  }

  private var expression: String {
    switch unit {
    case .bytes:
      "datum.value == 0 ? '0' : datum.value >= 1073741824 ? datum.value / 1073741824 + ' GiB' : "
        + "datum.value >= 1048576 ? datum.value / 1048576 + ' MiB' : datum.value >= 1024 ? "
        + "datum.value / 1024 + ' KiB' : datum.value + ' B'"
    case .milliseconds:
      "datum.value >= 60000 ? datum.value / 60000 + ' min' : "
        + "datum.value >= 1000 ? datum.value / 1000 + ' s' : datum.value + ' ms'"
    case .rows, .count, nil: "datum.value + ''"
    }
  }
}
