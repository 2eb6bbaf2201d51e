// Chart after the report of `run`: peak memory over the window on a logarithmic scale, one row per
// window with a mark per path; with many paths, a row per path.

import Analysis
import CSVRecords
import Units

package struct TerminalChart: Sendable {
  private let width: Int
  private let colour: Bool

  private static let marks: [Character] = ["●", "○", "■", "□", "▲", "△"]
  private static let codes = ["36", "33", "35", "32", "34", "31"]
  /// Mark for several paths at one position.
  private static let several: Character = "◆"

  package init(width: Int = 100, colour: Bool = false) {
    self.width = max(60, width)
    self.colour = colour
  }

  /// One chart per merge state, each after an empty line; empty without exports.
  package func render(_ findings: Findings) -> String {
    findings.summary.mergeStates.map { "\n" + chart(findings, $0) }.filter { $0 != "\n" }.joined()
  }

  private struct Row {
    var name: String
    var values: [(mark: Int, row: SummaryRow)]
  }

  private func chart(_ findings: Findings, _ state: String) -> String {
    let paths = findings.manifest.paths.map(\.name)
    let windows = findings.summary.windows(state)
    func value(_ window: String, _ path: Int) -> (mark: Int, row: SummaryRow)? {
      findings.summary.export(
        "memory_peak_bytes", mergeState: state, window: window, subject: paths[path]
      ).flatMap { $0.median == nil || $0.isWrong ? nil : (path, $0) }
    }
    let isShared = paths.count <= Self.marks.count && windows.count > 1
    let rows =
      isShared
      ? windows.map { window in
        Row(name: window, values: paths.indices.compactMap { value(window, $0) })
      }
      : windows.flatMap { window in
        paths.indices.compactMap { path in
          value(window, path).map { Row(name: "\(window) \(paths[path])", values: [(0, $0.row)]) }
        }
      }
    let ends = rows.flatMap(\.values).flatMap {
      [$0.row.low, $0.row.median, $0.row.high].compactMap(\.self)
    }
    guard let scale = ChartScale(logarithmic: ends, unit: .bytes) else { return "" }
    let margin = (rows.map(\.name.count).max() ?? 0) + 4
    // The label of a tick may extend beyond the end.
    let columns = width - margin - 8
    var lines = ["Peak memory over the window, \(state)"]
    lines += rows.map { row in
      "  " + filled(row.name, margin - 2) + plot(row, scale, columns, isShared)
    }
    lines += axis(scale, columns).map { String(repeating: " ", count: margin) + $0 }
    if isShared {
      let legend = paths.indices.map { "\(painted(Self.marks[$0], $0)) \(clean(paths[$0]))" }
      lines.append(
        "  " + (legend + ["─ 95 % interval", "logarithmic scale"]).joined(separator: "   "))
    }
    let wrong = WrongRows.places(findings.summary, state, paths: paths)
    if !wrong.isEmpty {
      let text = "omitted for wrong rows: \(wrong.joined(separator: "; "))"
      lines += wrapped(clean(text), width - 2).map { "  " + $0 }
    }
    return lines.map(\.trimmingTrailingSpaces).joined(separator: "\n") + "\n"
  }

  private func plot(_ row: Row, _ scale: ChartScale, _ columns: Int, _ isShared: Bool) -> String {
    var cells = Array(repeating: (character: Character(" "), mark: nil as Int?), count: columns)
    func column(_ value: Double) -> Int {
      min(columns - 1, max(0, whole(scale.position(value) * Double(columns - 1))))
    }
    for tick in scale.ticks { cells[column(tick)].character = "·" }
    for (_, row) in row.values {
      guard let low = row.low, let high = row.high else { continue }
      for place in column(low)...column(high) { cells[place].character = "─" }
    }
    for (mark, row) in row.values {
      guard let median = row.median else { continue }
      let place = column(median)
      let isTaken = cells[place].mark != nil
      cells[place] = (isTaken ? Self.several : Self.marks[mark], mark)
    }
    return cells.map { cell in
      cell.mark.map { painted(cell.character, $0) } ?? String(cell.character)
    }.joined()
  }

  /// As many ticks as fit.
  private func axis(_ scale: ChartScale, _ columns: Int) -> [String] {
    var line = Array(repeating: Character("─"), count: columns)
    var texts = ""
    for tick in scale.ticks {
      let place = Int((scale.position(tick) * Double(columns - 1)).rounded())
      line[place] = "┴"
      // Ticks are powers of two; decimals would add nothing.
      let text = FigureUnit.bytes.text(tick).replacing(".00", with: "").replacing(".0", with: "")
      let start = max(0, place - text.count / 2)
      guard start == 0 || start > texts.count else { continue }
      texts = filled(texts, start) + text
    }
    return [String(line), texts]
  }

  private func painted(_ mark: Character, _ number: Int) -> String {
    colour ? "\u{1B}[\(Self.codes[number % Self.codes.count])m\(mark)\u{1B}[0m" : String(mark)
  }
}
