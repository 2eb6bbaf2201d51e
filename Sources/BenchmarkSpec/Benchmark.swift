// A benchmark file, read and checked completely before a run. Uses no server.

import StrictYAML
import Units

package struct Benchmark: Sendable, Equatable {
  /// Runs are named after it.
  package var name: String
  /// One line for `exportbench list`.
  package var description: String
  /// Relative to the benchmark file.
  package var dataset: String
  /// Of a sweep; otherwise empty.
  package var datasets: [String]
  /// Embedded engines of a sweep; otherwise empty.
  package var engines: [String]
  /// The first is the baseline of ratios.
  package var paths: [String]
  /// Lengths; each starts at the dataset's start.
  package var windows: [TimeSpan]
  /// Measured attempts of each path and window.
  package var repeats: Int
  /// Nil without a required precision.
  package var precision: Precision?
  /// Recorded attempts before the measured ones.
  package var warmups: Int
  /// Determines the order of attempts.
  package var seed: UInt64
  /// In the order in which they can be reached.
  package var mergeStates: [MergeState]
  /// Rows per insert when loading for exports; nil without exports.
  package var rowsPerInsert: Int?
  package var writes: Writes
  /// For exports whose path has no profile; nil for the server's.
  package var profile: String?
  /// Override those of the profile.
  package var settings: [String: String]
  /// Storage settings of the tables, such as `index_granularity_bytes`; several values make a
  /// sweep.
  package var tableSettings: [String: [Int]]
  package var claims: [Claim]
  /// Nil without memory limit searches.
  package var memoryLimits: MemoryLimitQuestion?
  /// Also measure the view with the base table's codecs.
  package var viewCodecs: Bool
  /// Repeated in reports.
  package var note: String?
  /// Each is measured.
  package var consumers: [Consumer]
  /// Part size of the consumer `parts`.
  package var partBytes: Int
  /// Also measure each path stage by stage.
  package var measuresStages: Bool

  package static let windowRange =
    TimeSpan(milliseconds: 1000)...TimeSpan(milliseconds: 3660 * 86_400_000)
  package static let repeatsRange = 1...10_000

  /// - Parameters:
  ///   - file: for error messages.
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
      throw one.wrong("cannot be combined with 'datasets'; remove one of them")
    }
    writes = try Writes(root)
    // A benchmark may measure only writes.
    let exports =
      writes.isEmpty || root.keys.contains { ["paths", "windows", "rows_per_insert"].contains($0) }
    paths =
      exports
      ? try root["paths"].list { value throws(DocumentError) in try value.string() } : []
    guard Set(paths).count == paths.count else {
      throw try root["paths"].wrong("names a path twice; name each once")
    }
    windows =
      exports
      ? try root["windows"].list { value throws(DocumentError) in
        try value.span(in: Self.windowRange)
      } : []
    guard Set(windows).count == windows.count else {
      throw try root["windows"].wrong("names a window twice; name each once")
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
    tableSettings = try root.given("table_settings")?.tableSettings() ?? [:]
    memoryLimits = try MemoryLimitQuestion.read(root, exports: exports, settings: settings)
    claims =
      try root.given("claims")?.list { value throws(DocumentError) in
        try value.mapping { entry throws(DocumentError) in try Claim(entry) }
      } ?? []
    viewCodecs = try root.given("view_codecs")?.bool() ?? false
    note = try root.given("note")?.string()
    consumers = try root.given("consumers")?.consumers() ?? [.stream]
    partBytes = try root.given("part_size")?.bytes(in: Consumer.partBytesRange) ?? 100 << 20
    measuresStages = try root.given("stages", formerly: "anatomy")?.bool() ?? false
    for claim in claims {
      do {
        try claim.check(
          paths: paths, windows: windows.map(\.description), legs: legs, figures: figures)
      } catch { throw try root["claims"].wrong("cannot be judged: \(error)") }
    }
  }
}

extension Benchmark {
  /// Insert legs that claims can name.
  package var legs: [String] {
    (paths.isEmpty ? [] : [ReservedLeg.load]) + writes.legs.map(\.name)
  }

  /// Drops claims without their paths or windows, and restricts others to the remaining windows.
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
  /// Judged on existing tables, without inserts by the run.
  package var isOfWhatIsThere: Bool {
    switch ratio {
    case .export, .storage: true
    case .insert, .settled: false
    }
  }

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
  /// Reads `name`, `says`, the figure of `export`, `insert`, `settled` or `storage`, and `at_most`
  /// and `at_least`.
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
      name: try entry["name"].string(), statement: try entry["says"].string(), ratio: ratio.current,
      atMost: try entry.given("at_most")?.number(in: 0...1000),
      atLeast: try entry.given("at_least")?.number(in: 0...1000))
  }
}

extension Value {
  /// At least one text, without duplicates.
  package func names() throws(DocumentError) -> [String] {
    let names = try list { value throws(DocumentError) in try value.string() }
    guard !names.isEmpty, Set(names).count == names.count else {
      throw wrong("must name at least one, each only once")
    }
    return names
  }
}
