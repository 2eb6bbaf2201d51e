// What a run was: everything that its numbers depend on, as manifest.json. Never a password.
//
// Keys are the property names in snake case. A later version adds keys and renames none, so unknown
// keys are left out when reading.

import ClickHouseSQL
import Units

/// The description of a run.
public struct Manifest: Codable, Equatable, Sendable {
  /// The version of the files beside the manifest; raised when a column changes its meaning.
  public static let currentSchemaVersion = 1

  /// See `currentSchemaVersion`.
  public var schemaVersion = Manifest.currentSchemaVersion
  /// The version of exportbench.
  public var toolVersion: String
  /// The run's name, which is its folder's.
  public var run: String
  /// When it began, ISO 8601 in UTC.
  public var startedAt: String
  /// When it was gone on with after a crash or an interrupt; nil if it never was.
  public var resumedAt: [String]?
  /// When it ended; nil while it runs, and after a crash.
  public var finishedAt: String?
  /// Whether every cell of the plan was tried.
  public var complete = false
  /// How it stands, in a few words: `running`, `done`, `interrupted after 41 of 120 attempts`.
  public var status: String
  /// The command line, without secrets.
  public var arguments: [String] = []
  /// The seed of the order of cells.
  public var seed: Int
  /// The benchmark's file.
  public var benchmark: Document
  /// The dataset's file and what it generated.
  public var dataset: Dataset
  /// The server.
  public var engine: Engine
  /// The cluster that the server is of; nil of a server by itself.
  public var cluster: Cluster?
  /// The database that was made for the run, while it lasts; nil in runs of older versions, whose
  /// database was named after the run, and of tables that were there.
  public var database: String?
  /// Which share of the plan this driver made; nil where it made all.
  public var part: Part?

  /// The bounds within which a server of others' was used; nil if there were none.
  public var guards: Guards?
  /// The machine that the driver ran on.
  public var machine: Machine
  /// Settings by profile, `export` and `insert`: `["export": ["max_threads": "2"]]`.
  public var settings: [String: [String: String]] = [:]
  /// DDL by the name of the object.
  public var ddl: [String: String] = [:]
  /// The export paths in the order of the benchmark.
  public var paths: [Path]
  /// The path that the others are set against.
  public var baseline: String
  /// The states of merges, in the order of the run.
  public var mergeStates: [String]
  /// The claims to judge.
  public var claims: [Claim] = []
  /// What is asked about memory limits; nil if nothing is.
  public var frontier: FrontierQuestion?
  /// What a load asks; nil of a run that is none.
  public var traffic: TrafficQuestion?
  /// The driver's allocator.
  public var allocator: Allocator?
  /// Sentences that every report repeats: `smoke: the numbers mean nothing`.
  public var notes: [String] = []
  /// What the harness itself used; nil until the run ends.
  public var harness: Harness?
  /// How many records each file holds, by its name, when this was written; nil in runs of older
  /// versions. Of a run that is not complete the files may hold more.
  public var records: [String: Int]?

  /// Describes a run that begins.
  public init(
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
  public struct Document: Codable, Equatable, Sendable {
    /// Its name, as given.
    public var file: String
    /// Its text.
    public var text: String

    /// Describes a file. Secrets in its text, such as passwords in URLs, are masked.
    public init(file: String, text: String) {
      (self.file, self.text) = (file, SecretMask.masked(message: text))
    }
  }

  /// A dataset's file, and what the generator made of it.
  public struct Dataset: Codable, Equatable, Sendable {
    /// Its name, as given.
    public var file: String
    /// Its text.
    public var text: String
    /// Rows inserted, all versions.
    public var rows: Int
    /// Distinct ids.
    public var unique: Int
    /// Rows that another version supersedes: rows − unique.
    public var duplicates: Int
    /// How much time it covers, in milliseconds; nil in runs of older versions.
    public var spanMs: Int?
    /// Which rows of somebody's tables were exported; nil of a dataset. Of such tables nobody
    /// counted ids: ``unique`` and ``duplicates`` are 0.
    public var found: FoundRows?

    /// Describes a dataset.
    public init(file: String, text: String, rows: Int, unique: Int, duplicates: Int) {
      (self.file, self.text) = (file, text)
      (self.rows, self.unique, self.duplicates) = (rows, unique, duplicates)
    }
  }

  /// Rows that were there, and were not changed.
  public struct FoundRows: Codable, Equatable, Sendable {
    /// Where the tables are.
    public var database: String
    /// The project that was exported.
    public var project: String
    /// Where every window ended, in milliseconds since 1970, inclusive.
    public var endMs: Int64
    /// Rows so far behind the others that windows do not end with them; nil if there are none.
    public var excluded: ExcludedRows?
    /// What answers are compared with, in words; nil in runs of older versions, which took the
    /// answers of the first path.
    public var reference: String?

    /// Describes rows.
    public init(database: String, project: String, endMs: Int64, excluded: ExcludedRows? = nil) {
      (self.database, self.project, self.endMs) = (database, project, endMs)
      self.excluded = excluded
    }
  }

  /// Rows that lie so far from the others that a default window leaves them out.
  public struct ExcludedRows: Codable, Equatable, Sendable {
    /// How many.
    public var rows: Int
    /// The first `start_time`, in milliseconds since 1970.
    public var firstMs: Int64
    /// The last `start_time`.
    public var lastMs: Int64

    /// Describes rows.
    public init(rows: Int, firstMs: Int64, lastMs: Int64) {
      (self.rows, self.firstMs, self.lastMs) = (rows, firstMs, lastMs)
    }
  }

  /// The server that was measured.
  public struct Engine: Codable, Equatable, Sendable {
    /// `embedded`, `remote`, `cluster` or `embedded cluster`.
    public var kind: String
    /// As the server says it: `25.8.2.1`.
    public var version: String
    /// Where it listened, without a password.
    public var url: String
    /// Where it came from: a package with its version, or a path.
    public var source: String
    /// Settings that every export had because of defects of the version, by name; nil in runs of
    /// older versions of exportbench, and where nothing was exported.
    public var workarounds: [String: String]?

    /// Describes a server.
    public init(kind: String, version: String, url: String, source: String) {
      (self.kind, self.version, self.url, self.source) = (kind, version, url, source)
    }
  }

  /// A cluster that was measured.
  public struct Cluster: Codable, Equatable, Sendable {
    /// Its name, as its servers know it.
    public var name: String
    /// How many shards it has.
    public var shards: Int
    /// Its hosts, in the order of its definition.
    public var hosts: [String]

    /// Describes a cluster.
    public init(name: String, shards: Int, hosts: [String]) {
      (self.name, self.shards, self.hosts) = (name, shards, hosts)
    }
  }

  /// The bounds within which a server was used.
  public struct Guards: Codable, Equatable, Sendable {
    /// The server's memory above which the run ends, in bytes.
    public var serverMemoryMaxBytes: Int?
    /// ClickHouse's `priority` of every query.
    public var priority: Int?
    /// The most threads of a query.
    public var threadsMax: Int?

    /// Describes bounds.
    public init(serverMemoryMaxBytes: Int?, priority: Int?, threadsMax: Int?) {
      self.serverMemoryMaxBytes = serverMemoryMaxBytes
      (self.priority, self.threadsMax) = (priority, threadsMax)
    }
  }

  /// The driver's machine.
  public struct Machine: Codable, Equatable, Sendable {
    /// The CPU's model name.
    public var cpu: String
    /// Cores that the process may use.
    public var cores: Int
    /// Physical memory, in bytes.
    public var memoryBytes: Int
    /// The kernel's release.
    public var kernel: String
    /// The operating system's name.
    public var os: String

    /// Describes a machine.
    public init(cpu: String, cores: Int, memoryBytes: Int, kernel: String, os: String) {
      (self.cpu, self.cores, self.memoryBytes) = (cpu, cores, memoryBytes)
      (self.kernel, self.os) = (kernel, os)
    }
  }

  /// An export path.
  public struct Path: Codable, Equatable, Sendable {
    /// Its name.
    public var name: String
    /// Its SQL, without secrets.
    public private(set) var sql: String
    /// Whether it is of the user's own folder, and not one that ships with the suite; nil of runs
    /// that older versions made.
    public var isOwn: Bool?

    /// Describes a path. Secrets in its SQL are masked.
    public init(name: String, sql: String, isOwn: Bool? = nil) {
      (self.name, self.sql) = (name, SecretMask.masked(message: sql))
      self.isOwn = isOwn
    }
  }

  /// The allocator of the driver's own process.
  public struct Allocator: Codable, Equatable, Sendable {
    /// `jemalloc`, or what stands in for it.
    public var name: String
    /// Its version.
    public var version: String
    /// What the probe saw it serve: `swift`, `libcurl`.
    public var covers: [String]
    /// Whether the probe proved that the whole process allocates through it.
    public var proven: Bool
    /// What the probe did and saw.
    public var detail: String

    /// Describes an allocator.
    public init(name: String, version: String, covers: [String], proven: Bool, detail: String) {
      (self.name, self.version, self.covers) = (name, version, covers)
      (self.proven, self.detail) = (proven, detail)
    }
  }

  /// What the harness itself used: it is a suspect too.
  public struct Harness: Codable, Equatable, Sendable {
    /// CPU time over the run, in milliseconds.
    public var cpuMs: Double
    /// Time over the run, in milliseconds.
    public var wallMs: Double
    /// Peak of resident memory, in bytes; nil where the kernel does not say.
    public var rssPeakBytes: Int?
    /// Why the harness may have been the bottleneck, in one sentence; nil if it was not.
    public var bottleneck: String?

    /// Describes the harness.
    public init(cpuMs: Double, wallMs: Double, rssPeakBytes: Int?, bottleneck: String?) {
      (self.cpuMs, self.wallMs) = (cpuMs, wallMs)
      (self.rssPeakBytes, self.bottleneck) = (rssPeakBytes, bottleneck)
    }
  }
}
