// Tables of storage, in total and by column: table, view, and view with the table's codecs.

import Analysis
import RunStore
import Units

struct StorageTables {
  private let summary: Summary
  private let columns: [ColumnSample]
  private let diskFreeBytes: Int?

  /// Number of columns shown; smaller ones are summed.
  private static let columnsShown = 6

  init(_ summary: Summary, _ storage: StorageExperiment) {
    self.summary = summary
    columns = storage.columns
    diskFreeBytes = storage.diskFreeBytes
  }

  var tables: [Table] { [whole, byColumn].filter { !$0.rows.isEmpty } }

  private var whole: Table {
    let figures = ["on_disk_bytes", "compressed_bytes", "uncompressed_bytes", "rows", "parts"]
    let (table, view) = (TableRole.table.rawValue, TableRole.view.rawValue)
    let twin = TableRole.viewWithCodecs.rawValue
    let storage = summary.rows.filter { $0.scope == .storage }
    let hasTwin = storage.contains { $0.subject == twin }
    var content = Table(
      title: "Storage",
      headings: [
        .text("merge state"), .text(""), .number("table"), .number("view"),
        .number("(table + view) / table"),
      ])
    if hasTwin {
      content.headings += [.number("view with codecs"), .number("then")]
    }
    let states = storage.filter { $0.subject == table }.compactMap(\.mergeState).uniqued()
    for state in states {
      content.groupStarts.insert(content.rows.count)
      for (place, name) in figures.enumerated() {
        func row(_ subject: String) -> SummaryRow? {
          summary.storage(name, mergeState: state, subject: subject)
        }
        func ratio(_ subject: String) -> Field {
          var field = Field.ratio(row(subject))
          field.text = field.text.trimmingSpaces
          return field
        }
        guard row(table) != nil else { continue }
        let title = StorageSample.figures.first { $0.name == name }?.title ?? name
        var fields = [
          Field(place == 0 ? state : "", .strong), Field(title), .figure(row(table)),
          .figure(row(view)), ratio(Summary.storageRatio),
        ]
        if hasTwin { fields += [.figure(row(twin)), ratio(Summary.storageRatioWithCodecs)] }
        content.rows.append(fields)
      }
    }
    if let diskFreeBytes, let state = states.last,
      let size = summary.storage("on_disk_bytes", mergeState: state, subject: view)?.median,
      diskFreeBytes > 0
    {
      content.remark(
        "the view uses \(percent(size / Double(diskFreeBytes))) of the "
          + "\(ByteCount(diskFreeBytes)) free on the server's disks (\(state))", .plain)
    }
    return content
  }

  /// The largest columns, in the first merge state with column sizes.
  private var byColumn: Table {
    let counted = columns.filter { $0.compressedBytes != nil }
    var content = Table(
      title: "Storage by column",
      headings: [.text("column"), .number("table"), .number("view"), .text("codec")])
    let hasTwin = columns.contains { $0.role == .viewWithCodecs }
    if hasTwin { content.headings.append(.number("view with codecs")) }
    guard let state = counted.first?.mergeState else { return content }
    let here = counted.filter { $0.mergeState == state }
    func size(_ column: String, _ role: TableRole) -> Int? {
      here.first { $0.column == column && $0.role == role }?.compressedBytes
    }
    let names = here.filter { $0.role == .table }
      .sorted { ($0.compressedBytes ?? 0, $1.column) > ($1.compressedBytes ?? 0, $0.column) }
      .map(\.column)
    func text(_ bytes: [Int?]) -> Field {
      let known = bytes.compactMap(\.self)
      return Field(known.isEmpty ? "–" : "\(ByteCount(known.reduce(0, +)))")
    }
    let roles: [TableRole] = [.table, .view, .viewWithCodecs]
    for name in names.prefix(Self.columnsShown) {
      let codec = here.first { $0.column == name && $0.role == .table }?.codec
      let sizes = roles.map { text([size(name, $0)]) }
      content.rows.append(
        [Field(name), sizes[0], sizes[1], Field(codec ?? "")]
          + (hasTwin ? [sizes[2]] : []))
    }
    let rest = names.dropFirst(Self.columnsShown)
    if !rest.isEmpty {
      let sizes = roles.map { role in text(rest.map { size($0, role) }) }
      content.rows.append(
        [Field("\(plural(rest.count, "column")) more"), sizes[0], sizes[1], Field()]
          + (hasTwin ? [sizes[2]] : []))
    }
    content.remark("compressed, \(state); columns.csv has every column in every state", .plain)
    return content
  }
}
