// The hot code of exportbench, one benchmark for each loop that runs per row or per sample. What is
// checked is what they allocate, which is the same everywhere; for times there is
// `swift package benchmark --metric wallClock`.

import Allocator
import Benchmark
import Native
import Observations
import Results
import Units

/// Bytes that the thread allocated, counted by jemalloc: the package's own counts do not see it.
private let allocated = BenchmarkMetric.custom("Allocated bytes", polarity: .prefersSmaller)

private let september: Int64 = 1_788_220_800_000

private func dataset(payload: Int) -> Dataset {
  var dataset = Dataset(
    name: "hot", observations: 200_000, start: september,
    span: TimeSpan(milliseconds: 30 * 86_400_000))
  dataset.versions = [0.5, 0.3, 0.2]
  if payload > 0 {
    dataset.payload.input = .always(payload / 2)
    dataset.payload.output = .always(payload / 2)
  }
  return dataset
}

private func arrived(_ dataset: Dataset, _ count: Int) -> [RowID] {
  var arrivals = Arrivals(dataset)
  var rows: [RowID] = []
  arrivals.next(into: &rows, limit: count)
  return rows
}

/// Runs a step so often that what is left over of a first time does not show, and counts what the
/// thread allocates in it.
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
  // A block allocates nothing, and no arrivals do.
  let none = [allocated: BenchmarkThresholds(absolute: [.p50: 0, .p90: 0])]
  let some = [allocated: BenchmarkThresholds(relative: [.p50: 20, .p90: 20])]
  Benchmark.defaultConfiguration = .init(
    metrics: [allocated], scalingFactor: .one,
    maxDuration: .seconds(2), maxIterations: 200, thresholds: none)

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
  Benchmark("ground truth of 200,000 observations", configuration: .init(thresholds: some)) {
    benchmark in
    let dataset = dataset(payload: 0)
    count(benchmark) { blackHole(dataset.truth()) }
  }
  Benchmark("1,000 samples read from CSV", configuration: .init(thresholds: some)) { benchmark in
    let text = records(1_000)
    count(benchmark) { blackHole(try? CSV.parse(Sample.self, text, file: "samples.csv")) }
  }
  Benchmark("the median's interval of 1,000 values", configuration: .init(thresholds: some)) {
    benchmark in
    let values = (0..<1_000).map { Double($0 * 7_919 % 1_000) }
    count(benchmark) { blackHole(Statistics.interval(ofMedian: values)) }
  }
}
