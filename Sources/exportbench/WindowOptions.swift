// Which rows a command exports: the options that several commands share.

import ArgumentParser
import ExistingTables
import ExportBenchmark
import ExportPaths
import Units

/// `--project`, `--from`, `--to`, `--window`.
struct WindowOptions: ParsableArguments {
  @Option(help: "The project to export; by default the one with the most rows.")
  var project: String?

  @Option(help: "The start of the window, such as 2026-09-01T12:00:00 (UTC).")
  var from: String?

  @Option(help: "The end of the window, inclusive; by default the newest start_time.")
  var to: String?

  @Option(help: "The length of the window, for an end that is left open; 1d by default.")
  var window: String?

  /// The window as it was asked for.
  func chosen() throws -> WindowBounds {
    if from != nil, to != nil, window != nil {
      throw UsageError(sentence: "--from, --to and --window are one too many; give two of them")
    }
    let length = try window.map { try TimeSpan(parsing: $0) }
    if let length, length.milliseconds < 1 {
      throw UsageError(sentence: "--window is \(length); it must be longer than nothing")
    }
    return WindowBounds(
      from: try from.map { try Self.moment($0, "--from") },
      to: try to.map { try Self.moment($0, "--to") }, length: length)
  }

  /// A date, or a date and a time, in UTC: milliseconds since 1970.
  static func moment(_ text: String, _ option: String) throws -> Int64 {
    let milliseconds: Int64
    do { milliseconds = try Moment(parsing: text).milliseconds } catch {
      throw UsageError(sentence: "\(option) \(error)")
    }
    guard ExportWindow.bounds.contains(milliseconds) else {
      throw UsageError(
        sentence: "\(option) is \(text); the table's key holds days from 1970-01-01 to 2149-06-06, "
          + "and ClickHouse finds no rows by other ones")
    }
    return milliseconds
  }
}
