// Input of capacity models: one cell with its drivers for each path, merge state and window of a
// run.

import Analysis
import RunStore
import Statistics

package struct CapacityRun: Sendable {
  /// For errors and reports.
  package let name: String
  package let manifest: Manifest
  package var records: Records

  package init(name: String, manifest: Manifest, records: Records) {
    (self.name, self.manifest, self.records) = (name, manifest, records)
  }
}

package struct CapacityCell: Sendable, Equatable {
  package var run = ""
  package var path = ""
  package var mergeState = ""
  package var window = ""
  /// In milliseconds.
  package var windowMs = 0
  package var form = CapacityForm.sorts
  package var readsView = false
  /// Bytes of a row read by the path divided by bytes of a row of the table.
  package var widthRatio = 1.0
  package var drivers = CapacityDrivers()
  /// Median, in bytes.
  package var peakBytes = 0.0
  /// Median server CPU time, in milliseconds.
  package var cpuMs = 0.0

  package init() {}
}

extension CapacityRun {
  /// Cells of successful ordinary exports with right answers.
  ///
  /// The rows of a window are its ids times the rows per id of the whole table in that merge state:
  /// records contain the ids of each window but only the rows of the whole table.
  package var cells: [CapacityCell] {
    let order = manifest.paths.map(\.name)
    return exportCells(records, order: order).flatMap { group in
      guard let state = group.mergeState, let window = group.window, let length = group.windowMs,
        let sizes = TableSizes(records.storage, state), manifest.dataset.unique > 0
      else { return [CapacityCell]() }
      return group.subjects.compactMap { subject in
        guard !subject.isWrong,
          let path = manifest.paths.first(where: { $0.name == subject.name }),
          let ids = middle(subject, "result_rows"), let peak = middle(subject, "memory_peak_bytes"),
          peak > 0, ids > 0
        else { return nil }
        var cell = CapacityCell()
        (cell.run, cell.path, cell.mergeState) = (name, path.name, state)
        (cell.window, cell.windowMs, cell.peakBytes) = (window, length, peak)
        cell.cpuMs = middle(subject, "server_cpu_ms") ?? 0
        cell.form = CapacityForm(sql: path.sql)
        cell.readsView = sizes.viewNames.contains { path.sql.contains($0) }
        cell.widthRatio = cell.readsView ? sizes.viewRowBytes / sizes.rowBytes : 1
        cell.drivers.ids = ids
        cell.drivers.historyIDs = Double(manifest.dataset.unique)
        let versions = max(1, sizes.rows / Double(manifest.dataset.unique))
        cell.drivers.rows = ids * versions
        cell.drivers.rowBytes = sizes.rowBytes * cell.widthRatio
        cell.drivers.readBytes = middle(subject, "read_bytes") ?? cell.drivers.windowBytes
        cell.drivers.parts = max(1, middle(subject, "selected_parts") ?? 1)
        cell.drivers.granules = max(1, middle(subject, "selected_marks") ?? 1)
        func setting(_ name: String) -> Double? {
          manifest.settings["export"]?[name].flatMap(Double.init)
            ?? CapacityForm.setting(name, in: path.sql)
        }
        func ofTables(_ name: String) -> Double? {
          manifest.settings["table"]?[name].flatMap(Double.init)
        }
        cell.drivers.granuleRowsMax =
          ofTables("index_granularity") ?? cell.drivers.granuleRowsMax
        cell.drivers.granuleBytesMax =
          ofTables("index_granularity_bytes") ?? cell.drivers.granuleBytesMax
        cell.drivers.threads = setting("max_threads") ?? Double(max(1, manifest.machine.cores))
        cell.drivers.blockRows = setting("max_block_size") ?? cell.drivers.blockRows
        cell.drivers.rowGroupRows =
          setting("output_format_parquet_row_group_size") ?? cell.drivers.rowGroupRows
        cell.drivers.rowGroupBytes =
          setting("output_format_parquet_row_group_size_bytes") ?? cell.drivers.rowGroupBytes
        return cell
      }
    }
  }

  /// Cells with wrong answers, which models exclude: `limit-by at 1d (fresh)`.
  var wrongPlaces: [String] {
    exportCells(records, order: manifest.paths.map(\.name)).flatMap { cell in
      cell.subjects.filter(\.isWrong).map {
        "\($0.name) at \(cell.window ?? "") (\(cell.mergeState ?? ""))"
      }
    }
  }

  private func middle(_ subject: Subject<Sample>, _ name: String) -> Double? {
    guard let figure = Sample.figures.first(where: { $0.name == name }) else { return nil }
    return Statistics.median(subject.series(figure).values)
  }
}

struct TableSizes {
  let rows, rowBytes, diskBytesPerByte: Double
  let viewRowBytes, viewDiskBytesPerByte: Double
  let viewNames: [String]

  /// Nil if the state has no storage sample.
  init?(_ storage: [StorageSample], _ state: String) {
    func total(_ role: TableRole, _ path: KeyPath<StorageSample, Int?>) -> Double? {
      let tables = last(storage.filter { $0.mergeState == state && $0.role == role }, by: \.table)
      let values = tables.compactMap { $0[keyPath: path] }
      return values.isEmpty ? nil : Double(values.reduce(0, +))
    }
    guard let rows = total(.table, \.rows), let bytes = total(.table, \.uncompressedBytes),
      let disk = total(.table, \.onDiskBytes), rows > 0, bytes > 0
    else { return nil }
    self.rows = rows
    rowBytes = bytes / rows
    diskBytesPerByte = disk / bytes
    let viewRows = total(.view, \.rows) ?? 0
    let viewBytes = total(.view, \.uncompressedBytes) ?? 0
    viewRowBytes = viewRows > 0 && viewBytes > 0 ? viewBytes / viewRows : bytes / rows
    viewDiskBytesPerByte = viewBytes > 0 ? (total(.view, \.onDiskBytes) ?? 0) / viewBytes : 0
    viewNames = storage.filter { $0.role == .view }.map(\.table).uniqued()
  }
}
