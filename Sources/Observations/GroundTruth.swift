// What an export must find, computed from the description and never from a server.
//
// Memory is constant: the ends of a window are found by bisection, since `start_time` never falls,
// and what lies between is counted.

/// The true figures of a project and a window.
public struct GroundTruth: Sendable, Equatable {
  /// The number of different ids.
  public var observations = 0
  /// The number of rows: all versions, tombstones included.
  public var rows = 0
  /// The number of ids whose last version is not a tombstone: the rows that an export returns.
  public var survivors = 0
  /// The sum of `updated_at` (equal to `event_ts`) over the surviving versions, in milliseconds
  /// since 1970, modulo 2^64: it differs when an older version survived in place of the last.
  public var survivorsUpdatedAtSum: UInt64 = 0

  /// Rows that an export must drop because a newer version exists.
  public var duplicates: Int { rows - observations }

  /// Nothing found yet.
  public init() {}
}

extension Dataset {
  /// Counts what a window of a project holds.
  ///
  /// - Parameters:
  ///   - project: a `project_id`, or `nil` for all.
  ///   - window: `start_time` in milliseconds since 1970, both ends inclusive, or `nil` for all.
  /// - Returns: the figures; all zero for a project that the dataset does not have.
  public func truth(
    project: String? = nil, window: ClosedRange<Int64>? = nil
  ) -> GroundTruth {
    let rows = Rows(self)
    var wanted: Int?
    if let project {
      guard let number = (0..<projects).first(where: { projectID($0) == project }) else {
        return GroundTruth()
      }
      wanted = number
    }
    guard let window else { return rows.truth(of: 0..<rows.count, project: wanted) }
    let first = rows.firstObservation(from: window.lowerBound)
    let end =
      window.upperBound == .max ? rows.count : rows.firstObservation(from: window.upperBound + 1)
    return rows.truth(of: first..<end, project: wanted)
  }
}

extension Rows {
  /// The first observation whose `start_time` is not before `time`, or `count`.
  func firstObservation(from time: Int64) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = low + (high - low) / 2
      if start(of: middle, key(of: middle)) < time { low = middle + 1 } else { high = middle }
    }
    return low
  }

  func truth(of observations: Range<Int>, project: Int?) -> GroundTruth {
    var truth = GroundTruth()
    var observation = observations.lowerBound
    while observation < observations.upperBound {
      let trace = trace(of: observation)
      let end = min(first(ofTrace: trace + 1), observations.upperBound)
      if project == nil || self.project(ofTrace: key(ofTrace: trace)) == project {
        for member in observation..<end { add(member, to: &truth) }
      }
      observation = end
    }
    return truth
  }

  @inline(__always)
  private func add(_ observation: Int, to truth: inout GroundTruth) {
    let key = key(of: observation)
    let versions = versions(key)
    truth.observations &+= 1
    truth.rows &+= versions
    if isDeleted(key) { return }
    truth.survivors &+= 1
    var arrival = start(of: observation, key)
    for version in 1...versions { arrival &+= lag(key, version: version) }
    truth.survivorsUpdatedAtSum &+= UInt64(truncatingIfNeeded: arrival)
  }
}
