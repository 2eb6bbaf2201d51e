// Rows that an export must return, and properties of single rows, computed without a server in
// constant memory.

/// The current version of every observation that an export returns, in the order of the
/// observations.
package struct CurrentRows: Sequence, IteratorProtocol, Sendable {
  private let rows: Rows
  private var members: Members

  init(_ rows: Rows, _ members: Members) {
    self.rows = rows
    self.members = members
  }

  package mutating func next() -> RowID? {
    while let observation = members.next() {
      let key = rows.key(of: observation)
      let shape = rows.shape(key)
      if case .deleted = shape { continue }
      return RowID(observation: observation, version: rows.versions(key, shape))
    }
    return nil
  }
}

/// The `start_time` of any row of a dataset: each version has its own.
package struct StartTimes: Sendable {
  private let rows: Rows

  /// Expensive; reuse it for many rows.
  package init(_ dataset: Dataset) { rows = Rows(dataset) }

  /// In milliseconds since 1970.
  package subscript(row: RowID) -> Int64 {
    let key = rows.key(of: row.observation)
    let start = rows.start(of: row.observation, key)
    let shape = rows.shape(key)
    return row.version == rows.versions(key, shape) ? start : rows.earlierStart(start, shape)
  }

  /// The UTC month of `start_time` as in the table's partition key, such as 202609.
  package func month(of row: RowID) -> Int {
    let month = Month(of: self[row])
    return month.year * 100 + month.month
  }
}

package struct Profile: Sendable, Equatable {
  package let shape: Shape
  package let versions: Int
}

extension Dataset {
  /// The rows that an export must return: the current version of each observation, if it is no
  /// tombstone and its own `start_time` lies in the window.
  ///
  /// - Parameters:
  ///   - project: a `project_id`, or `nil` for all.
  ///   - window: `start_time` in milliseconds since 1970, both ends inclusive, or `nil` for all.
  /// - Returns: a lazy sequence; empty for an unknown project.
  package func survivingRows(
    project: String? = nil, window: ClosedRange<Int64>? = nil
  ) -> CurrentRows {
    let rows = Rows(self)
    // The observation's number determines the last version's `start_time`, so none is outside of
    // this range.
    let range = rows.observations(in: window ?? .min ... .max)
    return CurrentRows(rows, Members(rows, range, of: self, project: project))
  }

  /// Finds observations by column `id`, for the few examples of a report: scans all observations.
  /// Unknown ids are omitted.
  package func described(ids: Set<String>) -> [String: Profile] {
    let rows = Rows(self)
    // An id begins with the upper half of its observation's key.
    let beginnings = Set(ids.compactMap { UInt32($0.prefix(8), radix: 16) })
    var found: [String: Profile] = [:]
    for observation in 0..<rows.count {
      let key = rows.key(of: observation)
      guard beginnings.contains(UInt32(truncatingIfNeeded: key >> 32)) else { continue }
      let id = uuid(key, draw(key, Stream.identity))
      guard ids.contains(id) else { continue }
      let shape = rows.shape(key)
      let versions = rows.versions(key, shape)
      let isSuperseded = shape == .plain && versions > 1
      found[id] = Profile(shape: isSuperseded ? .superseded : shape, versions: versions)
    }
    return found
  }
}

/// The observations of a project, or of all, in a range.
struct Members: IteratorProtocol, Sendable {
  private let rows: Rows
  private let project: Int?
  private var end: Int
  private var observation: Int
  private var traceEnd: Int

  /// Empty for an unknown project.
  init(_ rows: Rows, _ range: Range<Int>, of dataset: Dataset, project: String?) {
    self.rows = rows
    let number = project.map { dataset.number(ofProject: $0) }
    let isKnown = number != .some(nil)
    self.project = number ?? nil
    end = isKnown ? range.upperBound : range.lowerBound
    observation = range.lowerBound
    traceEnd = range.lowerBound
  }

  func within(_ part: Range<Int>) -> Members {
    var members = self
    members.end = min(end, part.upperBound)
    (members.observation, members.traceEnd) = (part.lowerBound, part.lowerBound)
    return members
  }

  @inline(__always)
  mutating func next() -> Int? {
    while observation < end {
      if observation < traceEnd || project == nil {
        observation &+= 1
        return observation &- 1
      }
      let trace = rows.trace(of: observation)
      let next = rows.first(ofTrace: trace &+ 1)
      if rows.project(ofTrace: rows.key(ofTrace: trace)) == project {
        traceEnd = next
      } else {
        observation = next
      }
    }
    return nil
  }
}
