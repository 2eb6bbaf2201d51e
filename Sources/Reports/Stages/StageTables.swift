// Tables of the stages: peak memory as a stacked bar per window and path, and stage by
// stage with intervals and the server's time.

import Analysis
import BenchmarkSpec
import Units

struct StageTables {
  let rows: [StageRow]

  var tables: [Table] {
    rows.map(\.mergeState).uniqued().flatMap { [bars($0), steps($0)] }
  }

  /// Stage, name, and character of its bar.
  private static let chain: [(step: String, name: String, shade: Character)] = [
    ("read", "read", "░"), ("deduplicate", "dedup", "▒"), ("encode", "encode", "▓"),
    ("send", "send", "█"),
  ]
  private static let barWidth = 16

  private struct Place: Hashable {
    let window: String
    let path: String
  }

  private func places(_ state: String) -> [Place] {
    rows.filter { $0.mergeState == state }.map { Place(window: $0.window, path: $0.path) }.uniqued()
  }

  private func rows(_ state: String, _ place: Place, _ figure: String) -> [StageRow] {
    rows.filter {
      $0.mergeState == state && $0.window == place.window && $0.path == place.path
        && $0.figure == figure
    }
  }

  private func bars(_ state: String) -> Table {
    var table = Table(
      title: "Peak memory by stage, \(state)",
      headings: [.text("window"), .text("path")]
        + Self.chain.map { .number($0.name) }
        + [.number("whole", drop: 1), .text("", drop: 2)])
    for neighbours in places(state).runs(by: \.window) {
      let most = neighbours.map { height(rows(state, $0, "memory_peak_bytes")) }.max() ?? 0
      let lines = neighbours.map { place in
        let here = rows(state, place, "memory_peak_bytes")
        return [WrongRows.marked(place.path, if: isWrong(here))]
          + Self.chain.map { share(here, $0.step) } + [whole(here), Field(stacked(here, of: most))]
      }
      table.append(group: neighbours[0].window, lines)
    }
    table.remark(Self.chain.map { "\($0.shade) \($0.name)" }.joined(separator: "   "), .plain)
    table.remark(
      "each share is the rise of the median peak when the stage is added to the stages "
        + "before it: reading alone, then the path without output, then encoding without "
        + "sending, then sending; ≈: no significant change; a negative share is a lower peak "
        + "with the stage than without it, and not drawn")
    return table
  }

  private func isWrong(_ rows: [StageRow]) -> Bool { rows.contains { $0.wrongRows ?? 0 > 0 } }

  /// Length of the bar: the sum of positive shares.
  private func height(_ rows: [StageRow]) -> Double {
    rows.compactMap(\.added).filter { $0 > 0 }.reduce(0, +)
  }

  private func whole(_ rows: [StageRow]) -> Field {
    guard let row = rows.first(where: { $0.step.hasSuffix("send") }), let value = row.reached
    else { return Field("–", .faint) }
    return Field(row.unit.text(value), .strong, cited: StageExperiment.citation(of: row))
  }

  private func share(_ rows: [StageRow], _ step: String) -> Field {
    guard let row = rows.first(where: { $0.step.split(separator: "+").contains { $0 == step } })
    else { return Field("–", .faint) }
    guard row.step == step || row.step.hasSuffix("+\(step)") else {
      return Field("in the next", .faint)
    }
    guard let share = row.added else {
      if row.failed == 0, row.wrongRows ?? 0 > 0 { return WrongRows.field }
      return Field(row.failed > 0 ? "failed" : "–", row.failed > 0 ? .bad : .faint)
    }
    let mark = row.change == .unclear ? "≈ " : ""
    return Field(
      mark + row.unit.text(share), mark.isEmpty ? .plain : .faint,
      cited: StageExperiment.citation(of: row))
  }

  /// Segments, positioned by their ends so that rounding errors do not add up.
  private func stacked(_ rows: [StageRow], of most: Double) -> String {
    guard most > 0 else { return "" }
    var text = ""
    var end = 0.0
    for (step, _, shade) in Self.chain {
      let row = rows.first { $0.step == step || $0.step.hasSuffix("+\(step)") }
      guard let share = row?.added, share > 0 else { continue }
      end += share
      let columns = Units.whole(end / most * Double(Self.barWidth))
      text += String(repeating: shade, count: max(0, columns - text.count))
    }
    return text
  }

  private func steps(_ state: String) -> Table {
    var table = Table(
      title: "Stages, \(state)",
      headings: [
        .text("window"), .text("path"), .text("stage"), .text("peak memory"),
        .number("share", drop: 2), .text("server time"), .text("", drop: 1),
        .number("share", drop: 3),
      ])
    var last: Place?
    for place in places(state) {
      let memory = rows(state, place, "memory_peak_bytes")
      let time = rows(state, place, "server_query_ms")
      for (number, row) in memory.enumerated() {
        if number == 0 { table.groupStarts.insert(table.rows.count) }
        let beside = time.first { $0.step == row.step }
        table.rows.append([
          Field(number == 0 && place.window != last?.window ? place.window : "", .strong),
          number == 0 ? WrongRows.marked(place.path, if: isWrong(memory)) : Field(),
          Field(name(row)), measured(row, ends(row)), part(row, of: memory), measured(beside, ""),
          Field(ends(beside).trimmingSpaces), part(beside, of: time),
        ])
      }
      last = place
    }
    table.remark(
      "[low, high] is the 95 % interval of what the stage adds, from the differences "
        + "within each repeat; (lowers): the figure is lower with the stage than without it; "
        + "ids alone: the path with only its ids, the cost of de-duplication without the "
        + "payload, which is not a stage")
    return table
  }

  /// For example `encode + send`, with "(lowers)" if the figure decreases.
  private func name(_ row: StageRow) -> String {
    guard row.step != Stage.keys.rawValue else { return "(ids alone)" }
    let steps = row.step.split(separator: "+").map { part in
      Self.chain.first { $0.step == part }?.name ?? String(part)
    }
    return steps.joined(separator: " + ") + (row.change == .lowers ? " (lowers)" : "")
  }

  /// For example `↑ 95 MiB` with its interval; without a share, the total.
  private func measured(_ row: StageRow?, _ ends: String) -> Field {
    guard let row, let value = row.added ?? row.reached else {
      if row?.failed ?? 0 > 0 { return Field("  failed", .bad) }
      return row?.wrongRows ?? 0 > 0
        ? Field("  \(WrongRows.text)", .bad) : Field("  –", .faint)
    }
    let (mark, tone): (String, Tone) =
      switch row.change {
      case .adds: ("↑", .plain)
      case .lowers: ("↓", .good)
      case .unclear: ("≈", .faint)
      case .tooFew, nil: (" ", .plain)
      }
    return Field(
      "\(mark) \(row.unit.text(value))\(ends)", tone, cited: StageExperiment.citation(of: row))
  }

  /// For example ` [91.2, 99.4]`, with the unit if it differs from the value's.
  private func ends(_ row: StageRow?) -> String {
    guard let row, let value = row.added ?? row.reached,
      let low = row.added == nil ? row.reachedLow : row.addedLow,
      let high = row.added == nil ? row.reachedHigh : row.addedHigh
    else { return "" }
    let texts = [low, high].map(row.unit.text)
    let unit = row.unit.text(value).split(separator: " ").last ?? ""
    let isSame = texts.allSatisfy { $0.hasSuffix(" \(unit)") }
    let shown = isSame ? texts.map { String($0.dropLast(unit.count + 1)) } : texts
    return " [\(shown.joined(separator: ", "))]"
  }

  private func part(_ row: StageRow?, of rows: [StageRow]) -> Field {
    guard let share = row?.added, let whole = rows.first(where: { $0.step.hasSuffix("send") }),
      let all = whole.reached, all > 0
    else { return Field() }
    return Field(percent(share / all))
  }
}
