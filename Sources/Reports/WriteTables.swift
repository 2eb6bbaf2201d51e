// The tables of what the view costs: per insert, and on disk.

import Results

/// Inserts with and without the view.
struct InsertTable {
  private let summary: Summary

  init(_ summary: Summary) { self.summary = summary }

  var tables: [Table] {
    let figures = [
      "client_wall_ms", "server_cpu_ms", "memory_peak_bytes", "written_bytes", "written_rows",
    ]
    let (plain, withView) = (InsertTarget.plain.rawValue, InsertTarget.withView.rawValue)
    let rows = figures.compactMap { name -> [Field]? in
      let alone = summary.insert(name, subject: plain)
      let viewed = summary.insert(name, subject: withView)
      guard alone != nil || viewed != nil else { return nil }
      let title = InsertSample.figures.first { $0.name == name }?.title ?? name
      return [
        Field(text: title), .figure(alone), .noise(alone), .figure(viewed), .noise(viewed),
        .ratio(summary.insert(name, subject: "\(withView)/\(plain)")),
      ]
    }
    guard !rows.isEmpty else { return [] }
    let pairs = figures.compactMap { summary.insert($0, subject: "\(withView)/\(plain)")?.n }.max()
    return [
      Table(
        title: "Inserts, \(plural(pairs ?? 0, "pair"))",
        headings: [
          .init(text: "per block", kind: .text), .init(text: "without view", kind: .number),
          .init(text: "", kind: .number), .init(text: "with view", kind: .number),
          .init(text: "", kind: .number), .init(text: "with / without", kind: .text),
        ], rows: rows)
    ]
  }
}

/// Storage of the table and the view.
struct StorageTable {
  private let summary: Summary

  init(_ summary: Summary) { self.summary = summary }

  var tables: [Table] {
    let figures = ["on_disk_bytes", "compressed_bytes", "uncompressed_bytes", "rows"]
    let table = TableRole.table.rawValue
    var places: [String] = []
    for row in summary.rows where row.scope == .storage && row.subject == table {
      if let state = row.mergeState, !places.contains(state) { places.append(state) }
    }
    var content = Table(
      title: "Storage",
      headings: [
        .init(text: "merge state", kind: .text), .init(text: "", kind: .text),
        .init(text: "table", kind: .number), .init(text: "view", kind: .number),
        .init(text: "(table + view) / table", kind: .number),
      ])
    for state in places {
      content.groupStarts.insert(content.rows.count)
      for (place, name) in figures.enumerated() {
        func row(_ subject: String) -> SummaryRow? {
          summary.storage(name, mergeState: state, subject: subject)
        }
        guard row(table) != nil else { continue }
        let title = StorageSample.figures.first { $0.name == name }?.title ?? name
        var ratio = Field.ratio(row(Summary.storageRatio))
        ratio.text = ratio.text.trimmingSpaces
        content.rows.append([
          Field(text: place == 0 ? state : "", tone: .strong), Field(text: title),
          .figure(row(table)), .figure(row(TableRole.view.rawValue)), ratio,
        ])
      }
    }
    return content.rows.isEmpty ? [] : [content]
  }
}
