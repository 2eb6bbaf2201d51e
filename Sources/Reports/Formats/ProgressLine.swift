// One progress line: bar, share, rate and remaining time, computed from its arguments.

import Units

package struct ProgressLine: Equatable, Sendable {
  /// For example `loading`, `6h on mv-final`.
  package var label: String
  package var done: Int
  /// Nil if unknown.
  package var total: Int?
  package var elapsedSeconds: Double
  /// Plural noun: `rows`, `attempts`.
  package var unit: String
  /// Bytes moved so far, for a second rate; nil if not applicable.
  package var bytes: Int?

  package init(
    label: String, done: Int, total: Int?, elapsedSeconds: Double, unit: String, bytes: Int? = nil
  ) {
    self.label = label
    self.done = done
    self.total = total
    self.elapsedSeconds = elapsedSeconds
    self.unit = unit
    self.bytes = bytes
  }

  /// At most `width` columns, without a line break: `loading  ████████▌        42 %  126,000 of
  /// 300,000 rows  51.2k rows/s  31.0 MiB/s  3.4 s left`. Parts that do not fit are omitted, least
  /// important first.
  package func render(width: Int) -> String {
    let shared = share.map { "\(padded(fixed(($0 * 100).rounded(.down), 0), 3)) %" }
    let amount =
      total.map { "\(Count(done)) of \(Count($0)) \(unit)" } ?? "\(Count(done)) \(unit)"
    let left = secondsLeft.map { "\(duration($0)) left" } ?? "\(duration(elapsedSeconds)) so far"
    // Most important first: parts are dropped from the end.
    let byWeight: [(place: Int, text: String?)] = [
      (0, label), (2, shared), (6, left), (3, amount), (4, unitRate), (5, byteRate),
    ]
    var kept: [(place: Int, text: String)] = []
    var used = 0
    for (place, text) in byWeight {
      guard let text, used + text.count + 2 <= width + 2 else { continue }
      kept.append((place, text))
      used += text.count + 2
    }
    let barWidth = min(24, width - used)
    if let share, barWidth >= 8 { kept.append((1, bar(share, width: barWidth))) }
    let line = kept.sorted { $0.place < $1.place }.map(\.text).joined(separator: "  ")
    return String(line.prefix(max(0, width)))
  }

  private var share: Double? {
    guard let total, total > 0 else { return nil }
    return min(1, max(0, Double(done) / Double(total)))
  }

  private var unitRate: String? {
    rate(done).map { $0 >= 10_000 ? "\(significant($0 / 1000))k" : significant($0) }
      .map { "\($0) \(unit)/s" }
  }

  private var byteRate: String? {
    bytes.flatMap(rate).map { "\(ByteCount(Int($0)))/s" }
  }

  private func rate(_ amount: Int) -> Double? {
    guard elapsedSeconds > 0, amount > 0 else { return nil }
    let rate = Double(amount) / elapsedSeconds
    return rate < 1e15 ? rate : nil
  }

  private var secondsLeft: Double? {
    guard let share, share > 0, elapsedSeconds > 0 else { return nil }
    return elapsedSeconds / share - elapsedSeconds
  }
}

/// The two largest units: `3.4 s`, `2 min 05 s`, `1 h 07 min`.
package func duration(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 3.6e8 else { return "very long" }
  let whole = Int(max(0, seconds).rounded())
  if seconds < 10 { return "\(fixed(max(0, seconds), 1)) s" }
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(zeroFilled(whole % 60, 2)) s" }
  return "\(whole / 3600) h \(zeroFilled(whole % 3600 / 60, 2)) min"
}
