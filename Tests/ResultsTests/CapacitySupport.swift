// Runs made by a formula that is known, and recorded runs, for tests of capacity models.

import CSVRecords
import CapacityModel
import Foundation
import RunStore

/// A run whose peaks follow a formula.
struct SyntheticRun {
  var name = "synthetic"
  var path = "limit-by"
  var sql = "SELECT id FROM observations ORDER BY id LIMIT 1 BY id"
  var mergeState = "fresh"
  /// Rows of an id.
  var versions = 2
  /// Bytes of a row.
  var width = 3000
  /// Parts in the table.
  var parts = 6
  var hours = [6, 24, 72, 168, 336, 720]
  var idsPerHour = 200
  var repeats = 5
  /// The peak for rows, ids, bytes of a row, bytes that are read, granules and parts.
  var peak: (Size) -> Double
  /// CPU for bytes of the window.
  var cpuMsPerMiB = 5.0

  struct Size {
    var rows, ids, width, readBytes, granules, parts: Double
  }

  /// With noise of so much on each attempt.
  func made(noise: Double = 0, seed: UInt64 = 1) -> CapacityRun {
    var random = TestRandom(seed: seed)
    var records = Records()
    for hours in hours {
      let ids = idsPerHour * hours
      let bytes = ids * versions * width
      let granules = max(parts, bytes / 10_485_760)
      let size = Size(
        rows: Double(ids * versions), ids: Double(ids), width: Double(width),
        readBytes: Double(max(bytes, parts * 10_485_760)), granules: Double(granules),
        parts: Double(parts))
      let value = peak(size) * exp(noise * random.normal())
      for number in 1...repeats {
        var sample = attempt(
          path, "\(hours)h", hours: hours, state: mergeState, repeat: number, memory: value)
        (sample.resultRows, sample.readBytes) = (ids, Int(size.readBytes))
        (sample.selectedMarks, sample.selectedParts) = (granules, parts)
        sample.serverCPUMs = 20 + cpuMsPerMiB * Double(bytes) / 1_048_576
        records.samples.append(sample)
      }
    }
    let unique = idsPerHour * 720
    for (table, role, bytes, disk) in [
      ("observations", TableRole.table, 1.0, 0.4), ("observations_export_mv", .view, 0.9, 0.5),
    ] {
      var sample = StorageSample()
      (sample.mergeState, sample.table, sample.role) = (mergeState, table, role)
      sample.rows = unique * versions
      sample.uncompressedBytes = Int(Double(unique * versions * width) * bytes)
      sample.onDiskBytes = Int(Double(unique * versions * width) * bytes * disk)
      records.storage.append(sample)
    }
    return CapacityRun(name: name, manifest: manifest(unique), records: records)
  }

  private func manifest(_ unique: Int) -> Manifest {
    var manifest = Manifest(
      toolVersion: "0.1.0", run: name, startedAt: "2026-01-02T03:04:05Z", seed: 1,
      benchmark: .init(file: "b.yaml", text: ""),
      dataset: .init(
        file: "d.yaml", text: "", rows: unique * versions, unique: unique, duplicates: 0),
      engine: .init(kind: "embedded", version: "25.8.2.1", url: "", source: ""),
      machine: .init(cpu: "", cores: 2, memoryBytes: 1 << 33, kernel: "", os: ""),
      paths: [.init(name: path, sql: sql)], baseline: "limit-by", mergeStates: [mergeState])
    manifest.settings = [
      "export": ["max_threads": "10", "output_format_parquet_row_group_size": "500"]
    ]
    return manifest
  }
}

/// A run of `Tests/Fixtures`.
func recordedRun(_ name: String) throws -> CapacityRun {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)")
  func bytes(_ file: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appendingPathComponent(file)))
  }
  var records = Records()
  records.samples = try CSV.parse(Sample.self, bytes("samples.csv"), file: "samples.csv").records
  records.storage = try CSV.parse(
    StorageSample.self, bytes("storage.csv"), file: "storage.csv"
  ).records
  return CapacityRun(
    name: name, manifest: try Manifest(json: bytes("manifest.json"), file: "manifest.json"),
    records: records)
}

/// A question near to what ``SyntheticRun`` measures.
func question(
  rowsPerDay: Double = 9600, versions: Double = 2, rowBytes: Double = 3000,
  days: Double = 30, windows: [Int] = [24, 168]
) throws -> CapacityQuestion {
  try CapacityQuestion(
    rowsPerDay: rowsPerDay, versions: versions, rowBytes: rowBytes,
    retentionMs: days * 86_400_000, windowsMs: windows.map { $0 * 3_600_000 })
}
