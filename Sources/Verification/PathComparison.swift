// Compares two export paths by their files: exports a window along both, compares the files on the
// server, and splits large windows into slices.
//
// The server decodes both files into memory, so a slice has at most 1 million rows or 512 MiB of
// data or file. A slice is a separate window for both paths: if one version of a row lies before
// the cut and another after it, both paths return the row twice.

import ClickHouseClient
import ExistingTables
import ExportPaths
import Failures
import Files
import Foundation
import Parquet
import Units

package struct PathDifferences: Sendable, Encodable {
  /// Side A.
  package let pathA: String
  /// Side B.
  package let pathB: String
  /// The compared windows, in order: milliseconds since 1970, both ends inclusive.
  package internal(set) var slices: [ClosedRange<Int64>] = []
  /// Total size of side A's files.
  package internal(set) var bytesA = 0
  /// Total size of side B's files.
  package internal(set) var bytesB = 0
  /// Over all slices.
  package internal(set) var rows = RowDifferences()
  /// Whether rows were inserted into the window during the export, which may explain a difference.
  package internal(set) var changedMeanwhile = false
}

struct PathComparison {
  /// A window that needs more is refused.
  static let slicesMax = 1_000
  /// Settings of both exports. Small row groups limit the writer's memory.
  static let settings = [
    "output_format_parquet_row_group_size": "10000",
    "output_format_parquet_compression_method": "zstd",
  ]

  let subject: ObservationTables
  /// The server's.
  let version: ServerVersion
  let pathA: ExportPath
  let pathB: ExportPath
  /// Keeps the files; nil for temporary ones.
  let folder: String?
  let examplesMax: Int
  var bytesMax = FileComparison.bytesMax
  var rowsMax = FileComparison.rowsMax
  /// Called with the slice that begins, and the number of remaining ones.
  let tell: @Sendable (_ words: String) -> Void

  func run(_ window: ExportWindow) async throws -> PathDifferences {
    if let folder {
      do { try Files.makeFolder(folder) } catch { throw UserError(error) }
    }
    var found = PathDifferences(pathA: pathA.name, pathB: pathB.name)
    // The next slice is the last one.
    var waiting = Array(try await slices(of: window).reversed())
    while let range = waiting.popLast() {
      var slice = window
      slice.range = range
      do {
        try await compare(slice, left: waiting.count, into: &found)
      } catch is FileComparison.TooLarge {
        let half = range.lowerBound + (range.upperBound - range.lowerBound) / 2
        guard half < range.upperBound, waiting.count + found.slices.count < Self.slicesMax else {
          throw UserError.usage(
            "the export of \(moment(range.lowerBound)) alone is longer than "
              + "what can be compared; choose another window")
        }
        waiting += [(half + 1)...range.upperBound, range.lowerBound...half]
      }
    }
    return found
  }

  /// As few slices of equal length as keep each within the limits, on average.
  private func slices(of window: ExportWindow) async throws -> [ClosedRange<Int64>] {
    struct Size: Decodable { let rows, rowBytes: Int }
    let size = try await subject.client.rows(
      subject.query(
        """
        SELECT toInt64(count()) AS rows, toInt64(ifNull((
          SELECT any(total_bytes_uncompressed) / any(total_rows) FROM system.tables
          WHERE database = currentDatabase() AND name = {table: String} AND total_rows > 0), 0))
          AS rowBytes
        FROM \(subject.table) WHERE \(ExportWindow.condition)
        """, window.parameters.merging(["table": Parameter(subject.table.name)]) { $1 }),
      as: Size.self
    ).first
    let rows = size?.rows ?? 0
    let needed = max(
      rows / rowsMax,
      Int(Double(rows) * Double(size?.rowBytes ?? 0) / Double(bytesMax)))
    guard needed < Self.slicesMax else {
      throw UserError.usage(
        "the window holds \(rows) rows, which would take \(needed) slices to compare and "
          + "more than \(Self.slicesMax) are not made; choose a shorter --window")
    }
    let length = window.range.upperBound - window.range.lowerBound + 1
    let count = min(Int64(needed) + 1, length)
    return (0..<count).map { index in
      let start = window.range.lowerBound + length / count * index
      let end = index == count - 1 ? window.range.upperBound : start + length / count - 1
      return start...end
    }
  }

  private func compare(
    _ slice: ExportWindow, left: Int, into found: inout PathDifferences
  ) async throws {
    let number = found.slices.count + 1
    let place = left + number > 1 ? " (slice \(number), \(left) more)" : ""
    let before = try await state(of: slice)
    let (kept, fileA, fileB) = try await export(slice, place, number)
    let after = try await state(of: slice)
    tell("comparing \(pathA.name) with \(pathB.name)\(place)")
    let rows: RowDifferences
    do {
      let comparison = try await FileComparison(fileA, fileB, by: subject.client)
      try comparison.check(rowsMax: rowsMax, bytesMax: bytesMax)
      rows = try await comparison.run(examplesMax: examplesMax)
    } catch let error as FileComparison.TooLarge {
      kept.forEach { unlink($0) }
      throw error
    }
    found.rows.add(rows, examplesMax: examplesMax)
    found.slices.append(slice.range)
    found.bytesA += fileA.bytes
    found.bytesB += fileB.bytes
    if before != after { found.changedMeanwhile = true }
  }

  /// Changes with an insert into the window, but not with a merge.
  private struct State: Decodable, Equatable {
    let ids: Int
    let newest: String
  }

  private func state(of slice: ExportWindow) async throws -> [State] {
    var found: [State] = []
    for name in [subject.table, subject.view] {
      let query = subject.query(
        """
        SELECT toInt64(uniqExact(id)) AS ids, toString(max(updated_at)) AS newest
        FROM \(name) WHERE \(ExportWindow.condition)
        """, slice.parameters)
      found += try await subject.client.rows(query)
    }
    return found
  }

  /// Exports the slice along both paths. Incomplete named files are removed.
  private func export(
    _ slice: ExportWindow, _ place: String, _ number: Int
  ) async throws -> (kept: [String], ParquetFile, ParquetFile) {
    var kept: [String] = []
    func file(_ path: ExportPath, _ side: String) throws -> ParquetFile {
      guard let folder else { return try ParquetFile(temporary: "the export of \(path.name)") }
      let name = "\(folder)/\(side)-\(path.name)-\(zeroFilled(number, 4)).parquet"
      let file = try ParquetFile(creating: name)
      kept.append(name)
      return file
    }
    do {
      var files: [ParquetFile] = []
      for (path, side) in [(pathA, "a"), (pathB, "b")] {
        tell("exporting \(path.name)\(place)")
        let file = try file(path, side)
        try await export(path, slice, to: file)
        files.append(file)
      }
      return (kept, files[0], files[1])
    } catch {
      kept.forEach { unlink($0) }
      throw error
    }
  }

  private func export(
    _ path: ExportPath, _ slice: ExportWindow, to file: ParquetFile
  ) async throws {
    let query = subject.query(
      "\(subject.sql(of: path))\nFORMAT Parquet", slice.parameters,
      Self.settings.merging(subject.settings(of: path, on: version)) { ours, _ in ours })
    let limit = bytesMax
    let bytes = Counter()
    let check = ParquetCheck()
    // An incomplete response throws here, so an existing file is complete.
    try await subject.client.stream(query) { chunk in
      bytes.value += chunk.count
      check.take(chunk)
      guard bytes.value <= limit else { throw FileComparison.TooLarge(label: path.name) }
      try file.append(chunk)
    }
    _ = try check.end()
  }

  /// Used by the thread of the stream's sink only.
  private final class Counter: @unchecked Sendable {
    var value = 0
  }
}
