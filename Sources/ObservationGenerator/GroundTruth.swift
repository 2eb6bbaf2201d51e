// Ground truth of an export, computed from the dataset description.
//
// Constant memory: bisection finds the ends of a window, because the `start_time` of last versions
// never decreases; all processors count in between. Replaced versions are searched up to the
// largest move of a `start_time` beyond the ends.

import Dispatch
import Synchronization

/// The ground truth of a project and window.
package struct GroundTruth: Sendable, Equatable {
  /// Distinct ids among the rows.
  package var observations = 0
  /// Rows whose own `start_time` lies in the window: all versions, tombstones included.
  package var rows = 0
  /// Ids whose current version is no tombstone and has a `start_time` in the window: the rows that
  /// an export must return. The current version has the greatest `event_ts`; among equal ones it is
  /// the one that arrived last.
  package var currentRows = 0
  /// Sum of `updated_at` over the returned versions, in milliseconds since 1970, modulo 2^64:
  /// reveals an older version in place of the current one, unless they tie.
  package var survivorsUpdatedAtSum: UInt64 = 0

  /// Rows of an id beyond its first.
  package var duplicates: Int { rows - observations }

  package init() {}

  package static func += (left: inout GroundTruth, right: GroundTruth) {
    left.observations += right.observations
    left.rows += right.rows
    left.currentRows += right.currentRows
    left.survivorsUpdatedAtSum &+= right.survivorsUpdatedAtSum
  }
}

extension Dataset {
  /// - Parameters:
  ///   - project: a `project_id`, or `nil` for all.
  ///   - window: `start_time` in milliseconds since 1970, both ends inclusive, or `nil` for all.
  /// - Returns: the figures; all zero for an unknown project.
  package func truth(
    project: String? = nil, window: ClosedRange<Int64>? = nil
  ) -> GroundTruth {
    let rows = Rows(self)
    let window = window ?? .min ... .max
    let range = rows.observations(in: window, widenedBy: rows.moveMax)
    // Small pieces, so that all processors finish at about the same time.
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
  /// The observations whose last version starts in the window extended by `margin` milliseconds.
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
