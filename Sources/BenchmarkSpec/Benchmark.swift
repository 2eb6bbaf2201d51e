// What the suite is asked: a file of `Benchmarks/`, read and checked as a whole before anything
// runs. Touches no server.

import StrictYAML
import Units

/// A benchmark file: what to export, from which data, how often, and what to conclude.
package struct Benchmark: Sendable, Equatable {
  /// A short name, which runs are named after.
  package var name: String
  /// One line for `exportbench list`.
  package var description: String
  /// The dataset file, relative to the benchmark's own folder.
  package var dataset: String
  /// The dataset files of a sweep; empty where there is just the one.
  package var datasets: [String]
  /// The embedded engines of a sweep; empty where the server is found as for any run.
  package var engines: [String]
  /// Export paths by name; ratios are taken against the first.
  package var paths: [String]
  /// Windows by length; each starts at the dataset's start.
  package var windows: [TimeSpan]
  /// Counted attempts of each path and window.
  package var repeats: Int
  /// How narrow intervals have to be; nil makes just the repeats.
  package var precision: Precision?
  /// Recorded attempts before them that do not count.
  package var warmups: Int
  /// The order of attempts follows from it.
  package var seed: UInt64
  /// The states of merges to measure in, in the order in which they can be reached.
  package var mergeStates: [MergeState]
  /// Rows in one insert of the load that exports need; nil where nothing is exported.
  package var rowsPerInsert: Int?
  /// What is asked about writes alone.
  package var writes: Writes
  /// The profile of settings of every export whose path has none of its own; nil is the server's.
  package var profile: String?
  /// Settings of every export, by name, over those of a profile.
  package var settings: [String: String]
  /// Sentences to judge.
  package var claims: [Claim]
  /// What is asked about memory limits; nil where nothing is.
  package var frontier: MemoryLimitQuestion?
  /// Whether to count what the view would take on disk with the base table's codecs.
  package var viewCodecs: Bool
  /// What a reader must know before quoting a number.
  package var note: String?
  /// What becomes of the bytes of exports; each is measured.
  package var consumers: [Consumer]
  /// Bytes in one part of the consumer `parts`.
  package var partBytes: Int
  /// Whether each path is also measured stage by stage.
  package var anatomy: Bool

  /// How long a window can be.
  package static let windowRange =
    TimeSpan(milliseconds: 1000)...TimeSpan(milliseconds: 3660 * 86_400_000)
  /// How many attempts of a kind can be asked for.
  package static let repeatsRange = 1...10_000

  /// Reads and checks a benchmark.
  ///
  /// - Parameters:
  ///   - yaml: the file's text.
  ///   - file: how errors name it.
  ///   - figures: those that claims and a precision may name.
  /// - Throws: ``DocumentError`` with file, line and remedy.
  package init(
    yaml: String, file: String, figures: FigureCatalogue
  ) throws(DocumentError) {
    self = try Document.read(yaml, file: file) { root throws(DocumentError) in
      try Benchmark(root, figures)
    }
  }

  private init(_ root: Mapping, _ figures: FigureCatalogue) throws(DocumentError) {
    name = try root["name"].string()
    guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else {
      throw try root["name"].wrong("is '\(name)'; use letters, digits and hyphens only")
    }
    description = try root["description"].string()
    datasets = try root.given("datasets")?.names() ?? []
    engines = try root.given("engines")?.names() ?? []
    if let first = datasets.first {
      dataset = first
    } else {
      dataset = try root["dataset"].string()
    }
    if !datasets.isEmpty, let one = root.given("dataset") {
      throw one.wrong("stands beside 'datasets', which names them all; leave it out")
    }
    writes = try Writes(root)
    // A benchmark may ask about writes and nothing else.
    let exports =
      writes.isEmpty || root.keys.contains { ["paths", "windows", "rows_per_insert"].contains($0) }
    paths =
      exports
      ? try root["paths"].list { value throws(DocumentError) in try value.string() } : []
    guard Set(paths).count == paths.count else {
      throw try root["paths"].wrong("names a path twice; keep one of the two")
    }
    windows =
      exports
      ? try root["windows"].list { value throws(DocumentError) in
        try value.span(in: Self.windowRange)
      } : []
    guard Set(windows).count == windows.count else {
      throw try root["windows"].wrong("names a window twice; keep one of the two")
    }
    windows.sort()
    repeats = try root.given("repeats")?.integer(in: Self.repeatsRange) ?? 10
    warmups = try root.given("warmups")?.integer(in: 0...100) ?? 1
    let fewest = repeats
    precision = try root.given("precision")?.mapping { entry throws(DocumentError) in
      try Precision(entry, atLeast: fewest, figures)
    }
    seed = UInt64(try root.given("seed")?.integer(in: 0...Int.max) ?? 1)
    mergeStates = try root.given("merge_states")?.mergeStates() ?? [.fresh]
    rowsPerInsert =
      exports ? try root["rows_per_insert"].count(in: 1...10_000_000) : nil
    profile = try root.given("profile")?.string()
    settings = try root.given("settings")?.settings() ?? [:]
    frontier = try MemoryLimitQuestion.read(root, exports: exports, settings: settings)
    claims =
      try root.given("claims")?.list { value throws(DocumentError) in
        try value.mapping { entry throws(DocumentError) in try Claim(entry) }
      } ?? []
    viewCodecs = try root.given("view_codecs")?.bool() ?? false
    note = try root.given("note")?.string()
    consumers = try root.given("consumers")?.consumers() ?? [.stream]
    partBytes = try root.given("part_size")?.bytes(in: Consumer.partBytesRange) ?? 100 << 20
    anatomy = try root.given("anatomy")?.bool() ?? false
    for claim in claims {
      do {
        try claim.check(
          paths: paths, windows: windows.map(\.description), legs: legs, figures: figures)
      } catch { throw try root["claims"].wrong("cannot be judged: \(error)") }
    }
  }
}

extension Benchmark {
  /// The legs of inserts that claims can speak of.
  package var legs: [String] {
    (paths.isEmpty ? [] : [ReservedLeg.load]) + writes.legs.map(\.name)
  }

  /// Drops the claims that paths or windows chosen by hand leave nothing to judge by, and narrows
  /// the others to the windows that are left.
  package mutating func keepClaimsThatCanBeJudged() {
    let chosen = windows.map(\.description)
    claims = claims.compactMap { claim in
      guard
        case .export(let figure, let subject, let baseline, let listed, let states) =
          claim.ratio
      else { return claim }
      let left = listed.map { $0.filter(chosen.contains) }
      guard paths.contains(subject), paths.contains(baseline), left?.isEmpty != true else {
        return nil
      }
      var claim = claim
      claim.ratio = .export(
        figure: figure, subject: subject, baseline: baseline, windows: left, mergeStates: states)
      return claim
    }
  }
}

extension Claim {
  /// Whether it can be judged of tables that nobody writes to for the run.
  package var isOfWhatIsThere: Bool {
    switch ratio {
    case .export, .storage: true
    case .insert, .settled: false
    }
  }

  /// Whether it speaks of table and view on disk.
  package var isOfStorage: Bool { if case .storage = ratio { true } else { false } }
}

extension Precision {
  /// Reads `half_width`, `figure` and `repeats_max`.
  package init(
    _ entry: Mapping, atLeast repeats: Int, _ figures: FigureCatalogue
  ) throws(DocumentError) {
    self.init(
      halfWidth: try entry["half_width"].fraction(),
      figure: try entry.given("figure")?.string() ?? "memory_peak_bytes",
      repeatsMax: try entry["repeats_max"].integer(in: repeats...Benchmark.repeatsRange.upperBound))
    do { try check(figures) } catch { throw entry.wrong("cannot be reached: \(error)") }
  }
}

extension Claim {
  /// Reads `name`, `says`, one of `export`, `insert`, `settled` and `storage` with the figure that
  /// is meant, and `at_most` and `at_least`.
  package init(_ entry: Mapping) throws(DocumentError) {
    let figures = ["export", "insert", "settled", "storage"].map(entry.given)
    guard figures.count(where: { $0 != nil }) == 1 else {
      throw entry.wrong("a claim needs exactly one of 'export', 'insert', 'settled' and 'storage'")
    }
    func legs() throws(DocumentError) -> [String]? {
      try entry.given("legs")?.list { value throws(DocumentError) in try value.string() }
    }
    let ratio: Ratio
    if let figure = figures[0] {
      ratio = .export(
        figure: try figure.string(), subject: try entry["path"].string(),
        baseline: try entry["baseline"].string(),
        windows: try entry.given("windows")?.list { value throws(DocumentError) in
          try value.span(
            in: TimeSpan(milliseconds: 1)...TimeSpan(milliseconds: .max)
          ).description
        })
    } else if let figure = figures[1] {
      ratio = .insert(figure: try figure.string(), legs: try legs())
    } else if let figure = figures[2] {
      ratio = .settled(figure: try figure.string(), legs: try legs())
    } else {
      ratio = .storage(figure: try entry["storage"].string())
    }
    self.init(
      name: try entry["name"].string(), statement: try entry["says"].string(), ratio: ratio,
      atMost: try entry.given("at_most")?.number(in: 0...1000),
      atLeast: try entry.given("at_least")?.number(in: 0...1000))
  }
}

extension Value {
  /// Texts, at least one and each once.
  package func names() throws(DocumentError) -> [String] {
    let names = try list { value throws(DocumentError) in try value.string() }
    guard !names.isEmpty, Set(names).count == names.count else {
      throw wrong("must name at least one, and each once")
    }
    return names
  }
}
