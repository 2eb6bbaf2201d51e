// A run made by hand, with jitter from a fixed sequence: what the goldens are rendered from.

import Analysis
@testable import BenchmarkSpec
import RunStore

enum HandMadeRun {
  static let windows = [
    ("1h", 3_600_000), ("6h", 21_600_000), ("1d", 86_400_000), ("7d", 604_800_000),
  ]

  static func manifest() -> Manifest {
    var manifest = Manifest(
      toolVersion: "0.1.0", run: "claim-2026-01-02T03-04-05Z", startedAt: "2026-01-02T03:04:05Z",
      seed: 7,
      benchmark: .init(file: "Benchmarks/claim.yaml", text: "name: claim\n"),
      dataset: .init(
        file: "datasets/small.yaml", text: "rows: 300k\n", rows: 300_000,
        unique: 200_000, duplicates: 100_000),
      engine: .init(
        kind: "embedded", version: "25.8.2.1", url: "http://127.0.0.1:8123", source: "chdb 3.7.2"),
      machine: .init(
        cpu: "AMD EPYC 7B13", cores: 2, memoryBytes: 8 << 30, kernel: "6.1.0", os: "Debian 12"),
      paths: [
        .init(name: "limit-by", sql: "SELECT id FROM observations\nLIMIT 1 BY id\n"),
        .init(name: "mv-final", sql: "SELECT id FROM observations_export_mv FINAL\n"),
      ],
      baseline: "limit-by", mergeStates: ["fresh"])
    manifest.complete = true
    manifest.status = "done"
    manifest.finishedAt = "2026-01-02T03:34:05Z"
    manifest.arguments = ["run", "Benchmarks/claim.yaml"]
    manifest.settings = ["export": ["max_threads": "2", "max_block_size": "8192"]]
    manifest.ddl = ["observations": "CREATE TABLE observations (id String)"]
    manifest.allocator = .init(
      name: "jemalloc", version: "5.3.0", covers: ["swift", "libcurl"], proven: true,
      detail: "both raised thread.allocatedp")
    manifest.harness = .init(
      cpuMs: 31_000, wallMs: 1_800_000, rssPeakBytes: 48 << 20, bottleneck: nil)
    manifest.claims = [
      Claim(
        name: "memory-halved", statement: "Cuts export memory ~50% by eliminating runtime dedup",
        ratio: .export(
          figure: "memory_peak_bytes", subject: "mv-final", baseline: "limit-by"),
        atMost: 0.55),
      Claim(
        name: "fewer-rows", statement: "Fewer rows to scan (already partially merged)",
        ratio: .export(
          figure: "read_rows", subject: "mv-final", baseline: "limit-by", windows: ["7d"]),
        atMost: 1),
      Claim(
        name: "write-overhead", statement: "This adds ~5-10% write overhead",
        ratio: .insert(figure: "client_wall_ms"), atMost: 1.1),
      Claim(
        name: "storage-doubled", statement: "The MV roughly doubles observation storage",
        ratio: .storage(figure: "on_disk_bytes"), atMost: 2.2, atLeast: 1.8),
      Claim(
        name: "time", statement: "Exports of a day or more become faster",
        ratio: .export(
          figure: "client_wall_ms", subject: "mv-final", baseline: "limit-by",
          windows: ["1d", "7d"]),
        atMost: 1),
      Claim(
        name: "third", statement: "Cuts the memory of a week by a third",
        ratio: .export(
          figure: "memory_peak_bytes", subject: "mv-final", baseline: "limit-by", windows: ["7d"]),
        atMost: 0.682),
    ]
    return manifest
  }

  static func samples(repeats: Int = 10) -> [Sample] {
    var jitter = Jitter()
    var samples: [Sample] = []
    for (place, window) in windows.enumerated() {
      let scale = Double(1 << (2 * place))
      for number in 1...repeats {
        for path in ["limit-by", "mv-final"] {
          let view = path == "mv-final"
          let memory = view ? 180e6 + 4e6 * scale : 60e6 + 9e6 * scale
          var sample = Sample()
          sample.attempt = samples.count + 1
          sample.mergeState = "fresh"
          (sample.path, sample.window, sample.windowMs) = (path, window.0, window.1)
          sample.repeat = number
          sample.expectedRows = Int(1_000 * scale)
          sample.resultRows = sample.expectedRows
          sample.memoryPeakBytes = Int(memory * jitter.next(0.03))
          sample.clientWallMs = (view ? 90 + 8 * scale : 40 + 16 * scale) * jitter.next(0.1)
          sample.serverCPUMs = (50 + 20 * scale) * jitter.next(0.05)
          sample.readRows = Int(view ? 260_000 : 1_500 * scale)
          sample.readBytes = Int(view ? 310e6 : 2e6 * scale)
          sample.serverRSSBeforeBytes = 270_000_000
          sample.serverRSSPeakBytes = 270_000_000 + Int(memory * 1.2 * jitter.next(0.1))
          sample.driverAllocatedBeforeBytes = 3_000_000
          sample.driverAllocatedPeakBytes = 3_000_000 + Int(500_000 * jitter.next(0.05))
          samples.append(sample)
        }
      }
    }
    return samples
  }

  static func inserts() -> [InsertSample] {
    var jitter = Jitter()
    return (1...10).flatMap { pair in
      [InsertTarget.plain, .withView].map { target in
        let factor = target == .withView ? 1.6 : 1
        var sample = InsertSample()
        (sample.pair, sample.target, sample.rows) = (pair, target, 50_000)
        sample.clientWallMs = 400 * factor * jitter.next(0.05)
        sample.serverCPUMs = 700 * factor * jitter.next(0.05)
        sample.memoryPeakBytes = Int(200e6 * factor * jitter.next(0.02))
        (sample.tableWrittenRows, sample.tableWrittenBytes) = (48_000, 12_000_000)
        if target == .withView {
          (sample.viewWrittenRows, sample.viewWrittenBytes) = (48_000, 20_500_000)
        }
        return sample
      }
    }
  }

  static func storage() -> [StorageSample] {
    [
      ("observations", TableRole.table, 120_000_000),
      ("observations_export_mv", .view, 204_000_000),
    ]
    .map { name, role, bytes in
      var sample = StorageSample()
      (sample.mergeState, sample.table, sample.role) = ("fresh", name, role)
      (sample.parts, sample.rows) = (20, 290_000)
      (sample.onDiskBytes, sample.compressedBytes) = (bytes, bytes - 1_000_000)
      sample.uncompressedBytes = 310_000_000
      return sample
    }
  }

  static func findings() throws -> Findings {
    try Findings(
      manifest: manifest(),
      records: Records(samples(), inserts(), storage()))
  }

  /// A run that went wrong in every way that a report must show: interrupted, short of repeats, out
  /// of memory, with wrong rows, and with a server that sends control characters.
  static func troubled() throws -> Findings {
    var manifest = manifest()
    manifest.run = "smoke"
    manifest.complete = false
    manifest.status = "interrupted after 24 of 40 attempts"
    manifest.finishedAt = nil
    manifest.notes = ["smoke: three repeats of a toy dataset, the numbers mean nothing"]
    let samples = samples(repeats: 3).map { sample in
      var sample = sample
      if sample.window == "7d" && sample.path == "limit-by" {
        sample.status = .failed
        (sample.errorCode, sample.errorName) = (241, "MEMORY_LIMIT_EXCEEDED")
        sample.errorMessage = "would use 3.10 GiB, maximum: 3.00 GiB\u{1B}[31m"
        sample.memoryPeakBytes = nil
      }
      if sample.window == "1d" && sample.repeat == 2 && sample.path == "mv-final" {
        sample.status = .wrongRows
        sample.resultRows = 15_999
      }
      return sample
    }
    return try Findings(manifest: manifest, records: Records(samples))
  }
}

extension HandMadeRun {
  /// A run of before 0.2 that asked about writes alone: two legs, one with a round that did not
  /// settle, and inserts at a constant rate.
  static func writes() throws -> Findings {
    var manifest = manifest()
    manifest.run = "writes"
    manifest.benchmark.text =
      "sustained: {rows_per_insert: 1k, inserts_per_second: 10, duration: 12s}\n"
    (manifest.paths, manifest.baseline, manifest.mergeStates) = ([], "", [])
    manifest.claims = [
      Claim(
        name: "now", statement: "This adds ~5-10% write overhead",
        ratio: .insert(figure: "server_query_ms"), atMost: 1.1),
      Claim(
        name: "settled", statement: "This adds ~5-10% write overhead, merges included",
        ratio: .settled(figure: "settled_written_bytes"), atMost: 1.1),
    ]
    var records = Records()
    var jitter = Jitter()
    for (leg, scale) in [("1k sync", 1.0), ("10k async", 8)] {
      for pair in 1...12 {
        for target in InsertTarget.allCases {
          records.inserts.append(
            insert(leg, round: (pair + 1) / 2, pair: pair, target, scale, &jitter))
        }
      }
      for round in 1...6 {
        for (target, role) in [
          (InsertTarget.plain, TableRole.table), (.withView, .table), (.withView, .view),
        ] {
          var merge = MergeSample()
          (merge.leg, merge.round, merge.target, merge.role) = (leg, round, target, role)
          let bytes = (role == .view ? 1.5e6 : 1e6) * scale * jitter.next(0.02)
          (merge.newBytes, merge.mergeWrittenBytes) = (Int(bytes), Int(bytes * 0.9))
          (merge.mergeMs, merge.mergeCPUMs) = (30 * scale, 20 * scale * jitter.next(0.1))
          if leg == "10k async", round == 4, target == .withView { merge.settling = .unsettled }
          records.merges.append(merge)
        }
      }
    }
    sustain(&records, &jitter)
    return try Findings(manifest: manifest, records: records)
  }

  private static func insert(
    _ leg: String, round: Int, pair: Int, _ target: InsertTarget, _ scale: Double,
    _ jitter: inout Jitter
  ) -> InsertSample {
    let factor = target == .withView ? 1.6 : 1
    var sample = InsertSample()
    (sample.leg, sample.round, sample.pair, sample.target) = (leg, round, pair, target)
    sample.clientWallMs = 30 * scale * factor * jitter.next(0.1)
    sample.serverQueryMs = sample.clientWallMs
    sample.serverCPUMs = 25 * scale * factor * jitter.next(0.1)
    sample.memoryPeakBytes = Int(20e6 * scale)
    (sample.tableWrittenRows, sample.tableWrittenBytes) = (1000, Int(500_000 * scale))
    if target == .withView {
      (sample.viewWrittenRows, sample.viewWrittenBytes) = (1000, Int(750_000 * scale))
    }
    return sample
  }

  private static func sustain(_ records: inout Records, _ jitter: inout Jitter) {
    for target in InsertTarget.allCases {
      for number in 1...(target == .plain ? 120 : 108) {
        var sample = insert(ReservedLeg.sustained, round: 1, pair: number, target, 1, &jitter)
        (sample.rows, sample.lagMs) = (1000, 0)
        records.inserts.append(sample)
      }
      for second in 1...12 {
        var sample = TimelineSample()
        (sample.target, sample.elapsedMs) = (target, Double(second) * 1000)
        sample.plannedInserts = second * 10
        sample.acknowledgedInserts = second * (target == .plain ? 10 : 9)
        sample.acknowledgedRows = sample.acknowledgedInserts * 1000
        sample.lagMs = target == .plain ? 0 : Double(second) * 100
        sample.tableParts = 4 + second % 3
        if target == .withView { sample.viewParts = 5 + second % 4 }
        (sample.runningMerges, sample.serverMemoryBytes) = (second % 2, 500 << 20)
        records.timeline.append(sample)
      }
    }
  }

  /// A run of which little can be concluded: a path against itself, a ratio that drifts, witnesses
  /// that contradict each other, and noise.
  static func doubtful() throws -> Findings {
    var manifest = manifest()
    manifest.run = "doubtful"
    manifest.paths.append(.init(name: "limit-by@again", sql: manifest.paths[0].sql))
    manifest.claims = manifest.claims.filter { ["memory-halved", "time"].contains($0.name) }
    let windows = ["1h", "1d"]
    var jitter = Jitter()
    let samples = samples(repeats: 20).filter { windows.contains($0.window) }.flatMap { sample in
      var sample = sample
      let share = Double(sample.repeat) / 20
      if sample.path == "mv-final" && sample.window == "1d" {
        sample.serverRSSPeakBytes = sample.serverRSSPeakBytes.map { $0 + 400_000_000 }
        sample.clientWallMs = sample.clientWallMs.map { $0 * (1 + share / 2) }
      }
      guard sample.path == "limit-by" else { return [sample] }
      var again = sample
      again.path = "limit-by@again"
      again.memoryPeakBytes = sample.memoryPeakBytes.map { Int(Double($0) * jitter.next(0.04)) }
      again.clientWallMs = sample.clientWallMs.map { $0 * jitter.next(0.04) }
      return [sample, again]
    }
    return try Findings(manifest: manifest, records: Records(samples))
  }
}

/// Factors around 1, always the same ones.
private struct Jitter {
  private var state: UInt64 = 1

  mutating func next(_ width: Double) -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return 1 + width * (Double(state >> 40) / Double(1 << 24) - 0.5)
  }
}
