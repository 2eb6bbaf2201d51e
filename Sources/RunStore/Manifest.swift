// What a run was: everything that its numbers depend on, as manifest.json. Never a password.
//
// Keys are the property names in snake case. Unknown keys are left out when reading; `formerKeys`
// names those that were renamed.

import BenchmarkSpec
import ClickHouseSQL
import Units

/// The description of a run.
package struct Manifest: Codable, Equatable, Sendable {
  /// The version of the files beside the manifest; raised when a file, column or
  /// key changes its name or meaning. Version 2 renamed some; version 1 is read as well.
  package static let currentSchemaVersion = 2

  /// See `currentSchemaVersion`.
  package var schemaVersion = Manifest.currentSchemaVersion
  /// The version of exportbench.
  package var toolVersion: String
  /// The run's name, which is its folder's.
  package var run: String
  /// When it began, ISO 8601 in UTC.
  package var startedAt: String
  /// When it was gone on with after a crash or an interrupt; nil if it never was.
  package var resumedAt: [String]?
  /// When it ended; nil while it runs, and after a crash.
  package var finishedAt: String?
  /// Whether every cell of the plan was tried.
  package var complete = false
  /// How it stands, in a few words: `running`, `done`, `interrupted after 41 of 120 attempts`.
  package var status: String
  /// The command line, without secrets.
  package var arguments: [String] = []
  /// The seed of the order of cells.
  package var seed: Int
  /// The benchmark's file.
  package var benchmark: Document
  /// The dataset's file and what it generated.
  package var dataset: Dataset
  /// The server.
  package var engine: Engine
  /// The cluster that the server is of; nil of a server by itself.
  package var cluster: Cluster?
  /// The database that was made for the run, while it lasts; nil in runs of older versions, whose
  /// database was named after the run, and of tables that were there.
  package var database: String?
  /// Which share of the plan this driver made; nil where it made all.
  package var driver: DriverShard?

  /// The bounds within which a server of others' was used; nil if there were none.
  package var guards: Guards?
  /// The machine that the driver ran on.
  package var machine: Machine
  /// Settings by profile, `export` and `insert`: `["export": ["max_threads": "2"]]`.
  package var settings: [String: [String: String]] = [:]
  /// DDL by the name of the object.
  package var ddl: [String: String] = [:]
  /// The export paths in the order of the benchmark.
  package var paths: [Path]
  /// The path that the others are set against.
  package var baseline: String
  /// The states of merges, in the order of the run.
  package var mergeStates: [String]
  /// The claims to judge.
  package var claims: [Claim] = []
  /// What is asked about memory limits; nil if nothing is.
  package var memoryLimits: MemoryLimitQuestion?
  /// What a load asks; nil of a run that is none.
  package var loadTest: LoadTestQuestion?
  /// The driver's allocator.
  package var allocator: Allocator?
  /// Sentences that every report repeats: `smoke: the numbers mean nothing`.
  package var notes: [String] = []
  /// What the harness itself used; nil until the run ends.
  package var harness: Harness?
  /// How many records each file holds, by its name, when this was written; nil in runs of older
  /// versions. Of a run that is not complete the files may hold more.
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
  /// An input file, whole, so that the run can be repeated without it.
  package struct Document: Codable, Equatable, Sendable {
    package var file: String
    package var text: String

    /// Describes a file. Secrets in its text, such as passwords in URLs, are masked.
    package init(file: String, text: String) {
      (self.file, self.text) = (file, SecretMask.masked(message: text))
    }
  }

  /// A dataset's file, and what the generator made of it.
  package struct Dataset: Codable, Equatable, Sendable {
    package var file: String
    package var text: String
    /// Rows inserted, all versions.
    package var rows: Int
    /// Distinct ids.
    package var unique: Int
    /// Rows that another version supersedes: rows − unique.
    package var duplicates: Int
    /// How much time it covers, in milliseconds; nil in runs of older versions.
    package var spanMs: Int?
    /// Which rows of somebody's tables were exported; nil of a dataset. Of such tables nobody
    /// counted ids: ``unique`` and ``duplicates`` are 0.
    package var existingTables: ExistingRows?

    package init(file: String, text: String, rows: Int, unique: Int, duplicates: Int) {
      (self.file, self.text) = (file, text)
      (self.rows, self.unique, self.duplicates) = (rows, unique, duplicates)
    }
  }

  /// Rows that were there, and were not changed.
  package struct ExistingRows: Codable, Equatable, Sendable {
    /// Where the tables are.
    package var database: String
    /// The project that was exported.
    package var project: String
    /// Where every window ended, in milliseconds since 1970, inclusive.
    package var endMs: Int64
    /// Rows so far behind the others that windows do not end with them; nil if there are none.
    package var excluded: ExcludedRows?
    /// What answers are compared with, in words; nil in runs of older versions, which took the
    /// answers of the first path.
    package var reference: String?

    package init(database: String, project: String, endMs: Int64, excluded: ExcludedRows? = nil) {
      (self.database, self.project, self.endMs) = (database, project, endMs)
      self.excluded = excluded
    }
  }

  /// Rows that lie so far from the others that a default window leaves them out.
  package struct ExcludedRows: Codable, Equatable, Sendable {
    package var rows: Int
    /// The first `start_time`, in milliseconds since 1970.
    package var firstMs: Int64
    /// The last `start_time`.
    package var lastMs: Int64

    package init(rows: Int, firstMs: Int64, lastMs: Int64) {
      (self.rows, self.firstMs, self.lastMs) = (rows, firstMs, lastMs)
    }
  }

  /// The server that was measured.
  package struct Engine: Codable, Equatable, Sendable {
    /// `embedded`, `remote`, `cluster` or `embedded cluster`.
    package var kind: String
    /// As the server says it: `25.8.2.1`.
    package var version: String
    /// Where it listened, without a password.
    package var url: String
    /// Where it came from: a package with its version, or a path.
    package var source: String
    /// Settings that every export had because of defects of the version, by name; nil in runs of
    /// older versions of exportbench, and where nothing was exported.
    package var workarounds: [String: String]?

    package init(kind: String, version: String, url: String, source: String) {
      (self.kind, self.version, self.url, self.source) = (kind, version, url, source)
    }
  }

  /// A cluster that was measured.
  package struct Cluster: Codable, Equatable, Sendable {
    /// Its name, as its servers know it.
    package var name: String
    package var shards: Int
    /// Its hosts, in the order of its definition.
    package var hosts: [String]

    package init(name: String, shards: Int, hosts: [String]) {
      (self.name, self.shards, self.hosts) = (name, shards, hosts)
    }
  }

  /// The bounds within which a server was used.
  package struct Guards: Codable, Equatable, Sendable {
    /// The server's memory above which the run ends, in bytes.
    package var serverMemoryMaxBytes: Int?
    /// ClickHouse's `priority` of every query.
    package var priority: Int?
    /// The most threads of a query.
    package var threadsMax: Int?

    package init(serverMemoryMaxBytes: Int?, priority: Int?, threadsMax: Int?) {
      self.serverMemoryMaxBytes = serverMemoryMaxBytes
      (self.priority, self.threadsMax) = (priority, threadsMax)
    }
  }

  /// The driver's machine.
  package struct Machine: Codable, Equatable, Sendable {
    /// The CPU's model name.
    package var cpu: String
    /// Cores that the process may use.
    package var cores: Int
    /// Physical memory, in bytes.
    package var memoryBytes: Int
    /// The kernel's release.
    package var kernel: String
    /// The operating system's name.
    package var os: String

    package init(cpu: String, cores: Int, memoryBytes: Int, kernel: String, os: String) {
      (self.cpu, self.cores, self.memoryBytes) = (cpu, cores, memoryBytes)
      (self.kernel, self.os) = (kernel, os)
    }
  }

  /// An export path.
  package struct Path: Codable, Equatable, Sendable {
    package var name: String
    /// Its SQL, without secrets.
    package private(set) var sql: String
    /// Whether it is of the user's own folder, and not one that ships with the suite; nil of runs
    /// that older versions made.
    package var isOwn: Bool?

    package init(name: String, sql: String, isOwn: Bool? = nil) {
      (self.name, self.sql) = (name, SecretMask.masked(message: sql))
      self.isOwn = isOwn
    }
  }

  /// The allocator of the driver's own process.
  package struct Allocator: Codable, Equatable, Sendable {
    /// `jemalloc`, or what stands in for it.
    package var name: String
    package var version: String
    /// What the probe saw it serve: `swift`, `libcurl`.
    package var covers: [String]
    /// Whether the probe proved that the whole process allocates through it.
    package var proven: Bool
    /// What the probe did and saw.
    package var detail: String

    package init(name: String, version: String, covers: [String], proven: Bool, detail: String) {
      (self.name, self.version, self.covers) = (name, version, covers)
      (self.proven, self.detail) = (proven, detail)
    }
  }

  /// What the harness itself used: it is a suspect too.
  package struct Harness: Codable, Equatable, Sendable {
    /// CPU time over the run, in milliseconds.
    package var cpuMs: Double
    /// Time over the run, in milliseconds.
    package var wallMs: Double
    /// Peak of resident memory, in bytes; nil where the kernel does not say.
    package var rssPeakBytes: Int?
    /// Why the harness may have been the bottleneck, in one sentence; nil if it was not.
    package var bottleneck: String?

    package init(cpuMs: Double, wallMs: Double, rssPeakBytes: Int?, bottleneck: String?) {
      (self.cpuMs, self.wallMs) = (cpuMs, wallMs)
      (self.rssPeakBytes, self.bottleneck) = (rssPeakBytes, bottleneck)
    }
  }
}
