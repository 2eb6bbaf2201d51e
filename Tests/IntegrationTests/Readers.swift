// Readers of Parquet files that are not ClickHouse: pyarrow, DuckDB, DataFusion and Polars, in a
// script of Python.
// `scripts/setup --tests` installs them.

import Foundation
import TestSupport
import Testing

enum Readers {
  private static let python = "\(packageFolder)/engine/readers/bin/python3"

  /// Without the readers there is nothing to test, which a machine of CI's must not pass over.
  static let arePossible =
    exists(python) || ProcessInfo.processInfo.environment["CI"] == "true"

  /// Why tests of the readers are skipped.
  static let areMissing: Comment =
    "the Parquet readers are not installed: scripts/setup --tests"

  /// Runs a script on a file, and reads the JSON that it prints.
  static func run<Value: Decodable>(
    _ script: String, on file: String, _ scratch: Scratch, as type: Value.Type
  ) throws -> Value {
    try #require(exists(python), "run scripts/setup --tests")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [scratch.write(script, to: "read.py"), file]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return try JSONDecoder().decode(type, from: text)
  }
}
