// Options for the exported window, shared by several commands.

import ArgumentParser
import ExistingTables
import ExportPaths
import Failures
import Units

/// `--project`, `--from`, `--to`, `--window`.
struct WindowOptions: ParsableArguments {
  @Option(help: "Project to export (default: the one with most rows).")
  var project: String?

  @Option(help: "Start of the window, such as 2026-09-01T12:00:00 (UTC).")
  var from: String?

  @Option(help: "Inclusive end of the window (default: the newest start_time).")
  var to: String?

  @Option(help: "Length of the window if --from or --to is missing (default: 1d).")
  var window: String?

  func chosen() throws -> WindowBounds {
    if from != nil, to != nil, window != nil {
      throw UserError.usage(
        "--from, --to and --window exclude each other; give at most two of them")
    }
    let length = try window.map { try TimeSpan(parsing: $0) }
    if let length, length.milliseconds < 1 {
      throw UserError.usage("--window is \(length); it must be longer than 0")
    }
    return WindowBounds(
      from: try from.map { try Self.moment($0, "--from") },
      to: try to.map { try Self.moment($0, "--to") }, length: length)
  }

  /// Milliseconds since 1970 from a date, or a date and a time, in UTC.
  static func moment(_ text: String, _ option: String) throws -> Int64 {
    let milliseconds: Int64
    do { milliseconds = try Moment(parsing: text).milliseconds } catch {
      throw UserError.usage("\(option) \(error)")
    }
    guard ExportWindow.bounds.contains(milliseconds) else {
      throw UserError.usage(
        "\(option) is \(text); the table's key holds days from 1970-01-01 to 2149-06-06, "
          + "and ClickHouse finds no rows outside that range")
    }
    return milliseconds
  }
}
