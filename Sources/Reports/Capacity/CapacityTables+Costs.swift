// Capacity tables of the view's costs and the assumptions; formatting of large numbers.

import CapacityModel
import Units

extension CapacityTables {
  var storage: Table {
    var table = Table(
      title: "Storage",
      headings: [
        .text("merge state"), .number("table, per day"), .number("view, per day"),
        .number("table, \(Self.span(question.retentionMs))"), .number("view"),
        .number("(table + view) / table"),
      ])
    for row in found.storage {
      table.rows.append([
        Field(row.mergeState, .strong), Field(Self.bytes(row.tablePerDayBytes)),
        Field(Self.bytes(row.viewPerDayBytes)), Field(Self.bytes(row.tableBytes)),
        Field(Self.bytes(row.viewBytes)),
        Field(significant((row.tableBytes + row.viewBytes) / row.tableBytes)),
      ])
    }
    table.remarks = found.storage.prefix(1).map {
      Field("compression of \($0.run), the run with the nearest row width", .faint)
    }
    return table
  }

  var writes: Table {
    var table = Table(
      title: "Cost of the view per day of inserts",
      headings: [
        .text("inserts of"), .text("run", drop: 0), .number("CPU without"), .number("extra CPU"),
        .text("95 %", drop: 1), .number("cores"), .number("written without"),
        .number("extra bytes"),
      ])
    for (place, row) in found.writes.enumerated() {
      table.rows.append([
        Field(row.withMerges ? row.leg : "load of \(row.run)", place == 0 ? .strong : .plain),
        Field(row.run), Field(Self.hours(row.plainCPUMs)), Field(Self.hours(row.extraCPUMs.value)),
        Field(Self.hours(row.extraCPUMs)), Field(significant(row.extraCPUMs.value / 86_400_000)),
        Field(Self.bytes(row.plainBytes)), Field(Self.bytes(row.extraBytes.value)),
      ])
    }
    if let first = found.writes.first {
      table.remark(
        "bytes on disk; the first row applies: its inserts are nearest to "
          + "\(Self.amount(question.rowsPerInsert)) rows; cores: CPU spread over the day")
      if !first.withMerges {
        table.remark(
          "without merges, which cost more than inserts: add a run of 'writes'", .warning)
      }
    }
    return table
  }

  var breakEven: Table {
    var table = Table(
      title: "Break-even: exports per day",
      headings: [
        .text("window"), .text("path"), .text("merge state"), .number("CPU saved per export"),
        .number("CPU"), .number("read bytes saved"), .number("bytes"),
      ])
    guard !found.writes.isEmpty else { return table }
    for window in question.windowsMs {
      let rows = found.breakEven.filter { $0.windowMs == window }
      table.append(
        group: Self.span(Double(window)),
        rows.map { row in
          let place = [Field(row.path), Field(row.mergeState)]
          guard let cpu = row.savedCPUMs else {
            return place + [Field("refused", .warning), Field(), Field(), Field()]
          }
          return place + [
            Field(cpu > 0 ? Self.hours(cpu) : "nothing"), Self.times(row.exportsForCPU),
            Field(row.savedBytes.map { $0 > 0 ? Self.bytes($0) : "nothing" } ?? "–"),
            Self.times(row.exportsForBytes),
          ]
        })
    }
    let errors = found.cpu.map { model in
      let unseen = model.validation.map { ", \(percent($0.typical)) on left-out windows" } ?? ""
      return "\(model.path) \(model.mergeState) \(percent(model.residual))\(unseen)"
    }
    table.remark(
      "CPU is fitted to the bytes in the window and the bytes read; typical errors: "
        + errors.joined(separator: "; "))
    table.remark(
      "compared with \(found.baseline); never: an export saves nothing, so the view never pays off")
    return table
  }

  private static func times(_ exports: Double?) -> Field {
    guard let exports else { return Field("never", .bad) }
    return Field(exports < 10 ? significant(exports) : amount(exports))
  }

  static func assumptions(_ found: CapacityFindings) -> [String] {
    let question = found.question
    let parts =
      question.parts.map { "\(amount($0)) parts" } ?? "the largest number of parts in the runs"
    let days = Set(found.memory.filter { $0.cells.first?.readsView == true }.map(\.path)).sorted()
    let view =
      days.isEmpty
      ? ""
      : " \(days.joined(separator: " and ")): the view is read in whole months of 30 days, up to "
        + "the retention."
    return [
      "Assumptions: rows arrive evenly over the day and have one width; an unmerged export reads "
        + "\(parts), a merged export one part per month; threads, blocks and row groups are as in "
        + "the runs.\(view) The cost of inserts grows with the bytes of a row, and merges rewrite "
        + "a row as often as in the runs; in a larger table they do so more often. Server and "
        + "machine are those of the runs: memory hardly depends on them, CPU does.",
      "Rows count all versions in the table; bytes are uncompressed. being read, being merged: a "
        + "granule (8,192 rows, at most 10 MiB) per thread, or per thread and part. handed on: the "
        + "ids of the window, at most max_block_size. being encoded: at most four row groups per "
        + "thread.",
    ]
  }

  // MARK: - Numbers

  static func bytes(_ value: Double) -> String {
    guard value < 9e18 else { return ">8 EiB" }
    let tebi = value / 1_099_511_627_776
    return tebi >= 999.5 ? "\(significant(tebi / 1024)) PiB" : "\(ByteCount(Int(value)))"
  }

  static func interval(_ prediction: CapacityPrediction) -> String {
    guard !prediction.isOpen else { return "not determined" }
    return "\(bytes(prediction.low)) – \(bytes(prediction.high))"
  }

  /// Three digits: `1.67 M`.
  static func amount(_ value: Double) -> String {
    for (suffix, scale) in [(" G", 1e9), (" M", 1e6), (" k", 1e3), ("", 1)]
    where value >= scale * 0.9995 || scale == 1 {
      let share = value / scale
      return (share == share.rounded() ? fixed(share, 0) : significant(share)) + suffix
    }
    return significant(value)
  }

  /// Three digits: `5.31 d`.
  static func span(_ milliseconds: Double) -> String {
    for (suffix, scale) in [("d", 86_400_000.0), ("h", 3_600_000), ("min", 60_000)]
    where milliseconds >= scale {
      let value = milliseconds / scale
      let digits = value == value.rounded() ? fixed(value, 0) : significant(value)
      return "\(digits) \(suffix)"
    }
    return "\(significant(milliseconds / 1000)) s"
  }

  /// CPU time, such as `1.31 h`.
  static func hours(_ milliseconds: Double) -> String { span(milliseconds) }

  /// Empty for a single value.
  private static func hours(_ time: CapacityPrediction) -> String {
    time.low < time.high ? "\(hours(time.low)) – \(hours(time.high))" : ""
  }
}
