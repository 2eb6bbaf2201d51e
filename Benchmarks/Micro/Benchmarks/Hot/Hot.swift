// Micro-benchmarks of the hot loops, which run per row or per sample. Checks allocations, which are
// the same on every machine; `swift package benchmark --metric wallClock` measures times.

import Allocator
import Benchmark
import CSVRecords
import ClickHouseClient
import NativeFormat
import ObservationGenerator
import Rows
import RunStore
import Statistics
import Synchronization
import TestSupport

/// Bytes that the thread allocated, from jemalloc, which the package does not read.
private let allocated = BenchmarkMetric.custom("Allocated bytes", polarity: .prefersSmaller)

/// Bytes that a connection's thread allocates during the last 36 of 40 MB of a response: the first
/// ones fill its buffers.
private func allocatedByAnAnswer() async throws -> Int {
  let piece = [UInt8](repeating: 0x61, count: 100_000)
  let server = FakeServer([
    .read, .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    .chunk(piece, times: 400), .send("0\r\n\r\n"),
  ])
  let seen = Mutex((bytes: 0, early: UInt64?.none, late: UInt64?.none))
  try await Client(try Endpoint(server.url)).stream(Query("SELECT 1")) { bytes in
    let now = Allocator.allocatedByThisThread()
    seen.withLock { seen in
      seen.bytes += bytes.count
      if seen.bytes > 4_000_000, seen.early == nil { seen.early = now }
      seen.late = now
    }
  }
  let (_, early, late) = seen.withLock { $0 }
  return Int((late ?? 0) - (early ?? 0))
}

/// Repeats a step until first-time allocations are negligible, and counts the thread's allocations.
private func count(_ benchmark: Benchmark, _ step: () -> Void) {
  step()
  let before = Allocator.allocatedByThisThread() ?? 0
  benchmark.startMeasurement()
  for _ in benchmark.scaledIterations { step() }
  benchmark.stopMeasurement()
  let after = Allocator.allocatedByThisThread() ?? 0
  benchmark.measurement(allocated, Int(after - before) / benchmark.scaledIterations.count)
}

private func records(_ count: Int) -> [UInt8] {
  let samples = (0..<count).map { number in
    var sample = Sample()
    sample.attempt = number + 1
    sample.mergeState = "fresh"
    sample.path = number % 2 == 0 ? "limit-by" : "mv-final"
    sample.window = "1d"
    sample.windowMs = 86_400_000
    sample.repeat = number / 2
    sample.memoryPeakBytes = 1_000_000 + number * 7_919 % 50_000
    return sample
  }
  return Array(CSV.document(samples).utf8)
}

let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [allocated], scalingFactor: .one, maxDuration: .seconds(2), maxIterations: 200)

  for payload in [0, 1_024] {
    Benchmark("a block of \(payload == 0 ? "narrow rows" : "rows of 1 KiB")") { benchmark in
      let dataset = dataset(payload: payload)
      let rows = arrived(dataset, BlockEncoder.rowsMax)
      let encoder = BlockEncoder(dataset)
      count(benchmark) {
        var rest = rows[...]
        blackHole(encoder.encode(&rest))
      }
    }
  }
  Benchmark("8,192 arrivals") { benchmark in
    var arrivals = Arrivals(dataset(payload: 0))
    var rows: [RowID] = []
    count(benchmark) { arrivals.next(into: &rows, limit: BlockEncoder.rowsMax) }
  }
  Benchmark("36 MB of an answer") { benchmark in
    benchmark.startMeasurement()
    let bytes = try await allocatedByAnAnswer()
    benchmark.stopMeasurement()
    benchmark.measurement(allocated, bytes)
  }
  Benchmark("ground truth of 200,000 observations") { benchmark in
    let dataset = dataset(payload: 0)
    count(benchmark) { blackHole(dataset.truth()) }
  }
  Benchmark("1,000 samples read from CSV") { benchmark in
    let text = records(1_000)
    count(benchmark) { blackHole(try? CSV.parse(Sample.self, text, file: "samples.csv")) }
  }
  Benchmark("the median's interval of 1,000 values") { benchmark in
    let values = (0..<1_000).map { Double($0 * 7_919 % 1_000) }
    count(benchmark) { blackHole(Statistics.interval(ofMedian: values)) }
  }
}
