// YAML reading of a load test's benchmark.

import StrictYAML
import Units

extension LoadTestQuestion {
  private static let spans = TimeSpan(milliseconds: 1000)...TimeSpan(milliseconds: 86_400_000)

  /// Reads `load`: durations, rounds and comparisons.
  package mutating func read(_ value: Value) throws(DocumentError) {
    self = try value.mapping { [self] entry throws(DocumentError) in
      var question = self
      question.durationMs = try entry["duration"].span(in: Self.spans).milliseconds
      question.warmupMs =
        try entry.given("warmup")?.span(
          in: TimeSpan(milliseconds: 0)...Self.spans.upperBound
        ).milliseconds ?? 0
      question.rounds = try entry.given("rounds")?.integer(in: 1...1000) ?? 1
      question.preloadRows = try entry.given("preload")?.count(in: 0...1_000_000_000) ?? 0
      question.timeoutMs =
        try entry.given("timeout")?.span(in: Self.spans).milliseconds ?? question.timeoutMs
      question.compare =
        try entry.given("compare")?.list { value throws(DocumentError) in
          try value.choice(of: StreamMix.self)
        } ?? question.compare
      if let views = entry.given("views") {
        question.targets = try views.list { value throws(DocumentError) in try value.target() }
        guard Set(question.targets).count == question.targets.count else {
          throw views.wrong("has a duplicate; write [with, without]")
        }
      }
      guard !question.cells.isEmpty else {
        throw entry.wrong("there is no phase; 'compare' needs streams that are defined")
      }
      for cell in question.cells {
        let requests = cell.streams.reduce(0) {
          $0 + $1.arrivals.countMax(within: question.spanMs)
        }
        guard requests <= Self.requestsMax else {
          throw try entry["duration"].wrong(
            "has about \(Count(requests)) requests in one phase (\(cell.label)), each with "
              + "a row; reduce duration or rate to at most \(Count(Self.requestsMax))")
        }
      }
      return question
    }
  }

  mutating func readConclusions(_ root: Mapping) throws(DocumentError) {
    serviceLevel = try root.given("service_level")?.mapping { entry throws(DocumentError) in
      ServiceLevel(
        p99Ms: Double(try entry["p99"].span(in: Self.times).milliseconds),
        errors: try entry.given("errors")?.integer(in: 0...Self.requestsMax),
        serverMemoryBytes: try entry.given("server_memory")?.bytes(in: 1...1 << 50))
    }
    if let list = root.given("search") {
      guard serviceLevel != nil else {
        throw list.wrong("needs a 'service_level' to search for")
      }
      searches = try list.list { [self] value throws(DocumentError) in
        try value.mapping { entry throws(DocumentError) in try search(entry) }
      }
      guard Set(searches.map(\.name)).count == searches.count else {
        throw list.wrong("has a search twice; list each once")
      }
    }
    thresholds =
      try root.given("thresholds")?.list { [self] value throws(DocumentError) in
        try value.mapping { entry throws(DocumentError) in try threshold(entry) }
      } ?? []
  }

  private static let times = TimeSpan(milliseconds: 1)...TimeSpan(milliseconds: 86_400_000)

  private func search(_ entry: Mapping) throws(DocumentError) -> LoadTestSearch {
    let raise = try entry["raise"].choice(of: LoadTestSearch.Raised.self)
    let bounds = raise == .rate ? 0.01...100_000 : 1...256.0
    var search = LoadTestSearch(
      raise, of: try stream(entry["of"]),
      from: try entry.given("from")?.number(in: bounds) ?? 1,
      to: try entry["to"].number(in: bounds),
      trialMs: try entry.given("trial")?.span(in: Self.spans).milliseconds ?? durationMs)
    search.isAlone = try entry.given("alone")?.bool() ?? false
    search.target = try entry.given("view")?.target() ?? targets[0]
    search.resolution = try entry.given("resolution")?.number(in: 0.001...1) ?? search.resolution
    search.confirmations =
      try entry.given("confirmations")?.integer(in: 1...20) ?? search.confirmations
    search.trialsMax = try entry.given("trials_max")?.integer(in: 1...200) ?? search.trialsMax
    guard search.from <= search.to else { throw entry.wrong("'from' is larger than 'to'") }
    return search
  }

  private func threshold(_ entry: Mapping) throws(DocumentError) -> LoadTestThreshold {
    let figure = try entry["figure"].choice(of: LoadTestThreshold.Figure.self)
    func bound(_ key: String) throws(DocumentError) -> Double? {
      guard let value = entry.given(key) else { return nil }
      return switch figure.unit {
      case .milliseconds: Double(try value.span(in: Self.times).milliseconds)
      case .bytes: Double(try value.bytes(in: 0...1 << 60))
      case .rows, .count: Double(try value.count(in: 0...1 << 60))
      case nil: try value.number(in: 0...1_000_000)
      }
    }
    var threshold = LoadTestThreshold(figure)
    threshold.stream = try entry.given("of").map { value throws(DocumentError) in try stream(value)
    }
    threshold.streamMix = try entry.given("during")?.choice(of: StreamMix.self)
    threshold.target = try entry.given("view")?.target()
    threshold.atMost = try bound("at_most")
    threshold.atLeast = try bound("at_least")
    guard threshold.atMost != nil || threshold.atLeast != nil else {
      throw entry.wrong("a threshold needs 'at_most' or 'at_least'")
    }
    return threshold
  }

  /// The name of a stream, or its path.
  private func stream(_ value: Value) throws(DocumentError) -> String {
    try value.choice(of: streams.flatMap { [$0.path, $0.name].compactMap(\.self) })
  }
}

extension LoadTestQuestion.Stream {
  init(ingest entry: Mapping, seed: UInt64) throws(DocumentError) {
    self.init(
      name: Self.ingest, rowsPerBatch: try entry["rows_per_batch"].count(in: 1...1_000_000),
      arrivals: try ArrivalProcess(entry, seed: seed),
      connections: try entry.given("connections")?.integer(in: 1...256) ?? 8)
  }

  /// Reads an entry of `exports`: one stream per number of connections.
  package static func exports(_ entry: Mapping, seed: UInt64) throws(DocumentError) -> [Self] {
    let path = try entry["path"].string()
    let window = try entry["window"].span(in: Benchmark.windowRange)
    let arrivals = try ArrivalProcess(entry, seed: seed &+ 1)
    var connections = [4]
    if let given = entry.given("concurrency") {
      connections =
        given.isList
        ? try given.list { value throws(DocumentError) in try value.integer(in: 1...256) }
        : [try given.integer(in: 1...256)]
    }
    return connections.map {
      Self(
        name: "\(path) \(window) x\($0)", path: path, windowMs: window.milliseconds,
        arrivals: arrivals, connections: $0)
    }
  }
}

extension ArrivalProcess {
  /// Reads `rate` (a range for a ramp) and `schedule`.
  package init(_ entry: Mapping, seed: UInt64) throws(DocumentError) {
    let schedule = try entry.given("schedule")?.choice(of: ["constant", "ramp", "poisson"])
    let kind = Schedule(rawValue: schedule ?? "constant") ?? .constant
    let rates = 0.001...100_000.0
    let rate = try entry["rate"]
    guard kind == .ramp else {
      self.init(kind, rate: try rate.number(in: rates), seed: seed)
      return
    }
    let (from, to) = try rate.mapping { ends throws(DocumentError) in
      (try ends["from"].number(in: rates), try ends["to"].number(in: rates))
    }
    self.init(kind, rate: from, rateTo: to, seed: seed)
  }
}

extension Value {
  /// `with` or `without`.
  package func target() throws(DocumentError) -> InsertTarget {
    try choice(of: ["with", "without"]) == "with" ? .withView : .plain
  }
}
