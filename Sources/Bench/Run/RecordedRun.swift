// A run as its folder has it, read and not touched.

import Foundation
import Results

/// What a run left behind.
public struct RecordedRun: Sendable {
  /// What it was.
  public let manifest: Manifest
  /// What it recorded.
  public let records: Records

  /// Reads a folder; a torn last line, of a run that was cut short, is left out.
  public init(reading path: String) throws(BenchError) {
    let file = "\(path)/manifest.json"
    guard let text = FileManager.default.contents(atPath: file) else {
      throw BenchError(.input, "\(path) holds no manifest.json, so it is no run; name its folder")
    }
    var records = Records()
    do {
      manifest = try Manifest(json: Array(text), file: file)
      for kind in Records.kinds { try Self.read(kind, in: path, into: &records) }
    } catch { throw BenchError(.input, "\(error)") }
    self.records = records
  }

  private static func read<Record: Filed>(
    _ kind: Record.Type, in path: String, into records: inout Records
  ) throws(ResultsError) {
    let name = "\(path)/\(kind.fileName)"
    guard let bytes = FileManager.default.contents(atPath: name) else { return }
    records[keyPath: kind.list] = try CSV.parse(
      kind, Array(bytes), file: name, lastLine: .tornIfUnbroken
    ).records
  }
}
