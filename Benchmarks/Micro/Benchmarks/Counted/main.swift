// Runs one hot loop a given number of times for `scripts/micro --count`, which counts instructions
// with valgrind. A separate program, because valgrind 3.19 fails with an asynchronous main thread.

import Foundation
import NativeFormat
import ObservationGenerator
import Rows

private let rowsOfBlock = BlockEncoder.rowsMax

/// Returns how many rows a step is, and the step.
private func loop(_ name: String) -> (rows: Int, step: () -> Void)? {
  switch name {
  case "narrow", "payload":
    let dataset = dataset(payload: name == "payload" ? 1_024 : 0)
    // As many as fit into one block.
    let count = name == "payload" ? 4_000 : rowsOfBlock
    let (rows, encoder) = (arrived(dataset, count), BlockEncoder(dataset))
    return (
      count,
      {
        var rest = rows[...]
        _ = encoder.encode(&rest)
        precondition(rest.isEmpty)
      }
    )
  case "arrivals":
    var arrivals = Arrivals(dataset(payload: 0))
    var rows: [RowID] = []
    return (rowsOfBlock, { arrivals.next(into: &rows, limit: rowsOfBlock) })
  case "truth":
    let dataset = dataset(payload: 0)
    return (dataset.observations, { precondition(dataset.truth().rows > 0) })
  default: return nil
  }
}

guard CommandLine.arguments.count == 3, let times = Int(CommandLine.arguments[2]),
  let (rows, step) = loop(CommandLine.arguments[1])
else {
  FileHandle.standardError.write(
    Data("usage: Counted narrow|payload|arrivals|truth TIMES\n".utf8))
  exit(64)
}
for _ in 0..<times { step() }
print(rows)
