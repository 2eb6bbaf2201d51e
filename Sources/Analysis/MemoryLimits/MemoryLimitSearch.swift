// Memory limit search: the smallest `max_memory_usage` for each path and window, and the largest
// window for each limit. Pure: computes the next probe from the probes so far; the caller runs it.

import BenchmarkSpec
import RunStore
import Statistics
import Units

package struct MemoryLimitSearch: Sendable {
  /// Limits are multiples of this, in bytes.
  static let limitStep = 64 << 10
  /// Initial limit without measurements, in bytes.
  static let firstGuess = 64 << 20
  /// Windows are multiples of this, in milliseconds.
  static let windowStep = 3_600_000

  package let question: MemoryLimitQuestion
  package let paths: [String]
  package let windows: [TimeSpan]
  private let spanMs: Int

  /// - Parameters:
  ///   - paths: in the order of the benchmark.
  ///   - windows: those whose minimum limit is searched.
  ///   - spanMs: length of the data, the maximum window.
  package init(_ question: MemoryLimitQuestion, paths: [String], windows: [TimeSpan], spanMs: Int) {
    self.question = question
    self.paths = paths
    self.windows = windows.sorted()
    self.spanMs = spanMs
  }

  /// The next probe in a merge state, without its outcome; nil when all searches have finished.
  ///
  /// The search with the fewest probes is next, so that paths are interleaved. Searches for the
  /// largest windows start after all limits are known, which give their initial values.
  package func next(in state: String, after records: Records) -> MemoryLimitProbe? {
    for kind in [MemoryLimitSearchKind.leastLimit, .largestWindow] {
      let open = places(kind, state).compactMap { place -> (made: Int, probe: MemoryLimitProbe)? in
        let made = place.probes(in: records)
        guard
          case .probe(let position) = search(place, records).next(after: made.map(place.trial))
        else { return nil }
        var probe = place.probe(at: position)
        probe.probe = (records.memoryLimits.last?.probe ?? 0) + 1
        return (made.count, probe)
      }
      // Ties: the first.
      if let next = open.min(by: { $0.made < $1.made }) { return next.probe }
    }
    return nil
  }

  package func edge(_ place: Place, _ records: Records) -> Edge {
    search(place, records).edge(after: place.probes(in: records).map(place.trial))
  }

  package func places(_ kind: MemoryLimitSearchKind, _ state: String) -> [Place] {
    switch kind {
    case .leastLimit:
      windows.flatMap { window in
        paths.map { Place(mergeState: state, path: $0, fixed: .window(window)) }
      }
    case .largestWindow:
      question.limitsBytes.flatMap { limit in
        paths.map { Place(mergeState: state, path: $0, fixed: .limit(limit)) }
      }
    }
  }

  private func search(_ place: Place, _ records: Records) -> EdgeSearch {
    switch place.fixed {
    case .window:
      let range = MemoryLimitQuestion.limitRange
      let peak = place.peakBytes(in: records).map { $0 < 1e18 ? Int($0) : range.upperBound }
      return EdgeSearch(
        range: range, step: Self.limitStep, easier: .above, start: peak ?? Self.firstGuess,
        question: question)
    case .limit(let limit):
      let step = min(Self.windowStep, max(1, spanMs))
      return EdgeSearch(
        range: step...max(step, spanMs / step * step), step: step, easier: .below,
        start: likelyWindow(place, limit, records), question: question)
    }
  }

  /// The longest window whose minimum limit is within the limit; half of the shortest window if
  /// none is.
  private func likelyWindow(_ place: Place, _ limit: Int, _ records: Records) -> Int {
    let fitting = windows.last { window in
      let known = Place(mergeState: place.mergeState, path: place.path, fixed: .window(window))
      return edge(known, records).finished.map { $0 <= limit } ?? false
    }
    if let fitting { return fitting.milliseconds }
    return (windows.first?.milliseconds ?? spanMs) / 2
  }

  /// One search.
  package struct Place: Hashable {
    /// The given quantity; the other is searched.
    enum Fixed: Hashable {
      case window(TimeSpan)
      /// In bytes.
      case limit(Int)
    }

    package let mergeState: String
    package let path: String
    let fixed: Fixed

    package func probes(in records: Records) -> [MemoryLimitProbe] {
      records.memoryLimits.filter { probe in
        guard probe.mergeState == mergeState, probe.path == path else { return false }
        return switch fixed {
        case .window(let window):
          probe.search == .leastLimit && probe.windowMs == window.milliseconds
        case .limit(let limit): probe.search == .largestWindow && probe.limitBytes == limit
        }
      }
    }

    package func trial(_ probe: MemoryLimitProbe) -> EdgeSearch.Trial {
      let position =
        switch fixed {
        case .window: probe.limitBytes
        case .limit: probe.windowMs
        }
      let outcome: EdgeSearch.Trial.Outcome =
        switch probe.status {
        case .finished: .finished
        case .refused: .refused
        case .wrongRows: .failed
        case .failed: probe.isVoid ? .void : .failed
        }
      return EdgeSearch.Trial(position: position, outcome: outcome)
    }

    /// Nil if right.
    package func wrongAnswer(in records: Records) -> String? {
      if let probe = probes(in: records).first(where: { $0.status == .wrongRows }) {
        return probe.failure
      }
      let checks = AnswerChecks(records.verifications)
      guard case .window(let window) = fixed else {
        return checks.anyWrongAnswer(mergeState, path)
      }
      return checks.wrongAnswer(mergeState, path, window.description)
    }

    package func probe(at position: Int) -> MemoryLimitProbe {
      var probe = MemoryLimitProbe()
      probe.mergeState = mergeState
      probe.path = path
      switch fixed {
      case .window(let window):
        probe.search = .leastLimit
        (probe.window, probe.windowMs) = (window.description, window.milliseconds)
        probe.limitBytes = position
      case .limit(let limit):
        probe.search = .largestWindow
        let window = TimeSpan(milliseconds: position)
        (probe.window, probe.windowMs) = (window.description, window.milliseconds)
        probe.limitBytes = limit
      }
      return probe
    }

    /// Median tracker peak without a limit, in bytes; nil if not measured.
    package func peakBytes(in records: Records) -> Double? {
      guard case .window(let window) = fixed else { return nil }
      return Statistics.median(
        records.samples.ordinary.filter {
          $0.counts && $0.mergeState == mergeState && $0.path == path
            && $0.windowMs == window.milliseconds
        }.compactMap { $0.memoryPeakBytes.map(Double.init) })
    }
  }
}

extension EdgeSearch {
  package init(
    range: ClosedRange<Int>, step: Int, easier: Easier, start: Int, question: MemoryLimitQuestion
  ) {
    self.init(
      range: range, step: step, easier: easier, start: start, resolution: question.resolution,
      confirmations: question.confirmations, probesMax: question.probesMax)
  }
}
