// manifest.json: versions, settings, SQL, input files, machine and arguments of a run. Contains no
// password.
//
// Keys are the property names in snake case. Unknown keys are left out when reading; `formerKeys`
// names those that were renamed.

import BenchmarkSpec
import ClickHouseSQL
import Units

package struct Manifest: Codable, Equatable, Sendable {
  /// The version of the files beside the manifest; raised when a file, column or
  /// key changes its name or meaning. Version 2 renamed some; version 1 is read as well.
  package static let currentSchemaVersion = 2

  package var schemaVersion = Manifest.currentSchemaVersion
  package var toolVersion: String
  /// Name of its folder.
  package var run: String
  /// ISO 8601 in UTC.
  package var startedAt: String
  /// Times of resumption; nil if never.
  package var resumedAt: [String]?
  /// Nil while the run is active and after a crash.
  package var finishedAt: String?
  /// Whether all cells of the plan were tried.
  package var complete = false
  /// For example `running`, `done`, `interrupted after 41 of 120 attempts`.
  package var status: String
  /// Without secrets.
  package var arguments: [String] = []
  /// Of the order of attempts.
  package var seed: Int
  package var benchmark: Document
  package var dataset: Dataset
  package var engine: Engine
  /// Nil for a single server.
  package var cluster: Cluster?
  /// Temporary database of the run; nil for existing tables, and in older versions, which named it
  /// after the run.
  package var database: String?
  /// Which share of the plan this driver made; nil where it made all.
  package var driver: DriverShard?

  /// Limits on a shared server; nil if there were none.
  package var guards: Guards?
  package var machine: Machine
  /// By profile, `export` and `insert`: `["export": ["max_threads": "2"]]`.
  package var settings: [String: [String: String]] = [:]
  /// By the name of the object.
  package var ddl: [String: String] = [:]
  /// In the order of the benchmark.
  package var paths: [Path]
  /// Denominator of ratios.
  package var baseline: String
  /// In the order of the run.
  package var mergeStates: [String]
  package var claims: [Claim] = []
  /// What is asked about memory limits; nil if nothing is.
  package var memoryLimits: MemoryLimitQuestion?
  /// What a load asks; nil of a run that is none.
  package var loadTest: LoadTestQuestion?
  /// The driver's allocator.
  package var allocator: Allocator?
  /// Repeated in every report: `smoke: the numbers mean nothing`.
  package var notes: [String] = []
  /// Nil until the run ends.
  package var harness: Harness?
  /// Number of records by file name at the time of writing; nil in older versions. Files of an
  /// incomplete run may have more.
  package var records: [String: Int]?

  package init(
    toolVersion: String, run: String, startedAt: String, seed: Int, benchmark: Document,
    dataset: Dataset, engine: Engine, machine: Machine, paths: [Path], baseline: String,
    mergeStates: [String]
  ) {
    self.toolVersion = toolVersion
    self.run = run
    self.startedAt = startedAt
    status = "running"
    self.seed = seed
    self.benchmark = benchmark
    self.dataset = dataset
    self.engine = engine
    self.machine = machine
    self.paths = paths
    self.baseline = baseline
    self.mergeStates = mergeStates
  }
}

extension Manifest {
  /// An input file with its text, so that the run can be repeated without it.
  package struct Document: Codable, Equatable, Sendable {
    package var file: String
    package var text: String

    /// Masks secrets, such as passwords in URLs.
    package init(file: String, text: String) {
      (self.file, self.text) = (file, SecretMask.masked(message: text))
    }
  }

  package struct Dataset: Codable, Equatable, Sendable {
    package var file: String
    package var text: String
    /// All versions.
    package var rows: Int
    package var unique: Int
    /// Superseded rows: rows − unique.
    package var duplicates: Int
    /// In milliseconds; nil in older versions.
    package var spanMs: Int?
    /// Which rows of existing tables were exported; nil for a dataset. Their ids are not counted:
    /// ``unique`` and ``duplicates`` are 0.
    package var existingTables: ExistingRows?

    package init(file: String, text: String, rows: Int, unique: Int, duplicates: Int) {
      (self.file, self.text) = (file, text)
      (self.rows, self.unique, self.duplicates) = (rows, unique, duplicates)
    }
  }

  /// Exported rows of existing tables.
  package struct ExistingRows: Codable, Equatable, Sendable {
    package var database: String
    package var project: String
    /// Inclusive end of all windows, in milliseconds since 1970.
    package var endMs: Int64
    /// Outliers of `start_time` ignored for the end of windows; nil if there are none.
    package var excluded: ExcludedRows?
    /// What answers are compared with; nil in older versions, which used the answers of the first
    /// path.
    package var reference: String?

    package init(database: String, project: String, endMs: Int64, excluded: ExcludedRows? = nil) {
      (self.database, self.project, self.endMs) = (database, project, endMs)
      self.excluded = excluded
    }
  }

  /// Rows so far from the others that the default window excludes them.
  package struct ExcludedRows: Codable, Equatable, Sendable {
    package var rows: Int
    /// First and last `start_time`, in milliseconds since 1970.
    package var firstMs: Int64
    package var lastMs: Int64

    package init(rows: Int, firstMs: Int64, lastMs: Int64) {
      (self.rows, self.firstMs, self.lastMs) = (rows, firstMs, lastMs)
    }
  }

  package struct Engine: Codable, Equatable, Sendable {
    /// `embedded`, `remote`, `cluster` or `embedded cluster`.
    package var kind: String
    /// As reported by the server: `25.8.2.1`.
    package var version: String
    /// Without a password.
    package var url: String
    /// A package with its version, or a path.
    package var source: String
    /// Settings that avoid known defects of the version; nil in older versions of exportbench, and
    /// without exports.
    package var workarounds: [String: String]?

    package init(kind: String, version: String, url: String, source: String) {
      (self.kind, self.version, self.url, self.source) = (kind, version, url, source)
    }
  }

  package struct Cluster: Codable, Equatable, Sendable {
    /// As in `system.clusters`.
    package var name: String
    package var shards: Int
    /// In the order of the cluster's definition.
    package var hosts: [String]

    package init(name: String, shards: Int, hosts: [String]) {
      (self.name, self.shards, self.hosts) = (name, shards, hosts)
    }
  }

  package struct Guards: Codable, Equatable, Sendable {
    /// Memory of the server above which the run stops, in bytes.
    package var serverMemoryMaxBytes: Int?
    /// ClickHouse's `priority`.
    package var priority: Int?
    /// Maximum threads of a query.
    package var threadsMax: Int?

    package init(serverMemoryMaxBytes: Int?, priority: Int?, threadsMax: Int?) {
      self.serverMemoryMaxBytes = serverMemoryMaxBytes
      (self.priority, self.threadsMax) = (priority, threadsMax)
    }
  }

  package struct Machine: Codable, Equatable, Sendable {
    package var cpu: String
    /// Cores available to the process.
    package var cores: Int
    /// Physical memory, in bytes.
    package var memoryBytes: Int
    /// Release.
    package var kernel: String
    package var os: String

    package init(cpu: String, cores: Int, memoryBytes: Int, kernel: String, os: String) {
      (self.cpu, self.cores, self.memoryBytes) = (cpu, cores, memoryBytes)
      (self.kernel, self.os) = (kernel, os)
    }
  }

  package struct Path: Codable, Equatable, Sendable {
    package var name: String
    /// Without secrets.
    package private(set) var sql: String
    /// From the user's own folder; nil in older versions.
    package var isOwn: Bool?

    package init(name: String, sql: String, isOwn: Bool? = nil) {
      (self.name, self.sql) = (name, SecretMask.masked(message: sql))
      self.isOwn = isOwn
    }
  }

  package struct Allocator: Codable, Equatable, Sendable {
    /// `jemalloc`, or its replacement.
    package var name: String
    package var version: String
    /// Allocations seen by the probe: `swift`, `libcurl`.
    package var covers: [String]
    /// Whether the probe proved that the whole process uses it.
    package var proven: Bool
    /// What the probe did and observed.
    package var detail: String

    package init(name: String, version: String, covers: [String], proven: Bool, detail: String) {
      (self.name, self.version, self.covers) = (name, version, covers)
      (self.proven, self.detail) = (proven, detail)
    }
  }

  /// Resources used by the harness, to show whether it was the bottleneck.
  package struct Harness: Codable, Equatable, Sendable {
    /// In milliseconds.
    package var cpuMs: Double
    /// In milliseconds.
    package var wallMs: Double
    /// Peak, in bytes; nil if the kernel does not report it.
    package var rssPeakBytes: Int?
    /// One sentence; nil if the harness was not the bottleneck.
    package var bottleneck: String?

    package init(cpuMs: Double, wallMs: Double, rssPeakBytes: Int?, bottleneck: String?) {
      (self.cpuMs, self.wallMs) = (cpuMs, wallMs)
      (self.rssPeakBytes, self.bottleneck) = (rssPeakBytes, bottleneck)
    }
  }
}
