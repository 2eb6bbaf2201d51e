// Table of consumers: memory of the client by window and path.

import Analysis

struct ConsumerTable {
  let rows: [ConsumerRow]

  var tables: [Table] {
    rows.grouped(by: \.mergeState).map(table)
  }

  private func table(_ state: String, _ here: [ConsumerRow]) -> Table {
    func row(_ figure: String, like other: ConsumerRow) -> ConsumerRow? {
      here.first {
        $0.figure == figure && $0.window == other.window && $0.path == other.path
          && $0.consumer == other.consumer
      }
    }
    var table = Table(
      title: "Client memory by consumer, \(state)",
      headings: [
        .text("window"), .text("path"), .text("consumer"), .number("driver heap +"), .bar(drop: 2),
        .number("received"), .number("time"), .number("server peak"),
        .number("driver CPU", drop: 1),
      ],
      remarks: [
        Field(
          "driver heap +: peak of exportbench's allocator above the level "
            + "before the attempt; server peak: peak of the query", .faint)
      ])
    let most = here.filter { $0.figure == "driver_allocated_rise_bytes" }.compactMap(\.median).max()
    var last: (window: String, path: String)?
    for heap in here where heap.figure == "driver_allocated_rise_bytes" {
      let isNewWindow = heap.window != last?.window
      let isNewPath = isNewWindow || heap.path != last?.path
      if isNewPath { table.groupStarts.insert(table.rows.count) }
      last = (heap.window, heap.path)
      table.rows.append([
        Field(isNewWindow ? heap.window : "", .strong),
        isNewPath ? WrongRows.marked(heap.path, if: heap.wrongRows ?? 0 > 0) : Field(),
        Field(heap.consumer.rawValue), .figure(heap),
        Field(bar: heap.median.map { $0 / Swift.max(most ?? 1, 1) } ?? 0),
        .figure(row("received_bytes", like: heap)), .figure(row("client_wall_ms", like: heap)),
        .figure(row("memory_peak_bytes", like: heap)), .figure(row("driver_cpu_ms", like: heap)),
      ])
    }
    return table
  }
}

extension Field {
  /// `failed` if no attempt succeeded.
  fileprivate static func figure(_ row: ConsumerRow?) -> Field {
    guard let row, let median = row.median else {
      if row?.failed == 0, row?.wrongRows ?? 0 > 0 { return WrongRows.field }
      return row?.failed ?? 0 > 0
        ? Field("failed", .bad) : Field("–", .faint)
    }
    return Field(row.unit.text(median))
  }
}
