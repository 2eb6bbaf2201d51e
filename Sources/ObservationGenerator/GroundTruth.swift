// What an export must find, computed from the description and never from a server.
//
// Memory is constant: the ends of a window are found by bisection, since the `start_time` of the
// last versions never falls, and what lies between is counted, by all processors; as far beyond the
// ends as a `start_time` moves, versions that were replaced are looked for.

import Dispatch
import Synchronization

/// The true figures of a project and a window.
package struct GroundTruth: Sendable, Equatable {
  /// The number of different ids among the rows.
  package var observations = 0
  /// The number of rows whose own `start_time` lies in the window: all versions, tombstones
  /// included.
  package var rows = 0
  /// The number of ids whose current version is not a tombstone and has a `start_time` in the
  /// window: the rows that an export must return. The current version is the one with the greatest
  /// `event_ts`, of equal ones the one that arrived last, wherever its own `start_time` is.
  package var currentRows = 0
  /// The sum of `updated_at` over the surviving versions, in milliseconds since 1970, modulo 2^64:
  /// it differs when an older version survived in place of the current one, unless the two tie.
  package var survivorsUpdatedAtSum: UInt64 = 0

  /// Rows of an id beyond its first.
  package var duplicates: Int { rows - observations }

  /// Nothing found yet.
  package init() {}

  package static func += (left: inout GroundTruth, right: GroundTruth) {
    left.observations += right.observations
    left.rows += right.rows
    left.currentRows += right.currentRows
    left.survivorsUpdatedAtSum &+= right.survivorsUpdatedAtSum
  }
}

extension Dataset {
  /// Counts what a window of a project holds.
  ///
  /// - Parameters:
  ///   - project: a `project_id`, or `nil` for all.
  ///   - window: `start_time` in milliseconds since 1970, both ends inclusive, or `nil` for all.
  /// - Returns: the figures; all zero for a project that the dataset does not have.
  package func truth(
    project: String? = nil, window: ClosedRange<Int64>? = nil
  ) -> GroundTruth {
    let rows = Rows(self)
    let window = window ?? .min ... .max
    let range = rows.observations(in: window, widenedBy: rows.moveMax)
    // Small pieces, so that no processor waits long for the last one.
    let size = max(1 << 16, range.count / 256)
    let pieces = (range.count + size - 1) / size
    let all = Members(rows, range, of: self, project: project)
    let sum = Mutex(GroundTruth())
    DispatchQueue.concurrentPerform(iterations: pieces) { piece in
      let start = range.lowerBound + piece * size
      var members = all.within(start..<(start + size))
      var truth = GroundTruth()
      while let observation = members.next() { rows.add(observation, in: window, to: &truth) }
      sum.withLock { $0 += truth }
    }
    return sum.withLock { $0 }
  }

  /// The number of a project, from 0, by its `project_id`.
  package func number(ofProject project: String) -> Int? {
    (0..<projects).first { projectID($0) == project }
  }
}

extension Rows {
  /// The observations whose last version starts in a window, or at most so many milliseconds
  /// outside.
  package func observations(in window: ClosedRange<Int64>, widenedBy margin: Int64 = 0) -> Range<
    Int
  > {
    let (from, isFirst) = window.lowerBound.subtractingReportingOverflow(margin)
    let (past, isLast) = window.upperBound.addingReportingOverflow(margin + 1)
    let first = isFirst ? 0 : firstObservation(from: from)
    return first..<(isLast ? count : firstObservation(from: past))
  }

  // The first observation whose last version does not start before `time`, or `count`.
  private func firstObservation(from time: Int64) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = low + (high - low) / 2
      if start(of: middle, key(of: middle)) < time { low = middle + 1 } else { high = middle }
    }
    return low
  }

  @inline(__always)
  fileprivate func add(
    _ observation: Int, in window: ClosedRange<Int64>, to truth: inout GroundTruth
  ) {
    let key = key(of: observation)
    let shape = shape(key)
    let versions = versions(key, shape)
    let start = start(of: observation, key)
    let isInside = window.contains(start)
    let earlier = window.contains(earlierStart(start, shape)) ? versions &- 1 : 0
    let inside = earlier &+ (isInside ? 1 : 0)
    if inside == 0 { return }
    truth.observations &+= 1
    truth.rows &+= inside
    if !isInside || isDeleted(versions, shape, of: versions) { return }
    truth.currentRows &+= 1
    let updated = times(versions, key, shape, of: versions, from: start).updated
    truth.survivorsUpdatedAtSum &+= UInt64(truncatingIfNeeded: updated)
  }
}
