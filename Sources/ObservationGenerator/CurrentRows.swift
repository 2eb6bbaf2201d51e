// The rows that an export must return, by name, and what is known about single rows and ids without
// a server.
//
// Memory is constant: nothing is collected, whatever the size of the dataset.

/// The surviving version of every observation that survives, in the order of the observations.
package struct CurrentRows: Sequence, IteratorProtocol, Sendable {
  private let rows: Rows
  private var members: Members

  init(_ rows: Rows, _ members: Members) {
    self.rows = rows
    self.members = members
  }

  /// The next survivor, or `nil` after the last.
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

/// The `start_time` of any row of a dataset: that of its own version.
package struct StartTimes: Sendable {
  private let rows: Rows

  /// Prepares the answers; keep it for many rows.
  package init(_ dataset: Dataset) { rows = Rows(dataset) }

  /// Column `start_time`, in milliseconds since 1970.
  package subscript(row: RowID) -> Int64 {
    let key = rows.key(of: row.observation)
    let start = rows.start(of: row.observation, key)
    let shape = rows.shape(key)
    return row.version == rows.versions(key, shape) ? start : rows.earlierStart(start, shape)
  }

  /// The month of `start_time` in UTC as the table's partition key has it, such as 202609.
  package func month(of row: RowID) -> Int {
    let month = Month(of: self[row])
    return month.year * 100 + month.month
  }
}

/// What is known about an observation.
package struct Profile: Sendable, Equatable {
  /// The one way in which its versions differ.
  package let shape: Shape
  package let versions: Int
}

extension Dataset {
  /// Names the rows that an export of a project and a window must return: of each observation the
  /// current version, if that is no tombstone and if its own `start_time` lies in the window.
  ///
  /// - Parameters:
  ///   - project: a `project_id`, or `nil` for all.
  ///   - window: `start_time` in milliseconds since 1970, both ends inclusive, or `nil` for all.
  /// - Returns: the rows, made as they are asked for; none for a project that the dataset lacks.
  package func survivingRows(
    project: String? = nil, window: ClosedRange<Int64>? = nil
  ) -> CurrentRows {
    let rows = Rows(self)
    // The last version starts where the observation's number says: none is outside of these.
    let range = rows.observations(in: window ?? .min ... .max)
    return CurrentRows(rows, Members(rows, range, of: self, project: project))
  }

  /// Finds observations by column `id`, for the few examples of a report: it goes through all of
  /// them.
  ///
  /// - Parameter ids: as the table has them; those that the dataset lacks are not in the answer.
  /// - Returns: by id, what is known about it.
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

/// The observations of a project, or of all, within a range.
struct Members: IteratorProtocol, Sendable {
  private let rows: Rows
  private let project: Int?
  private var end: Int
  private var observation: Int
  private var traceEnd: Int

  /// None for a project that the dataset lacks.
  init(_ rows: Rows, _ range: Range<Int>, of dataset: Dataset, project: String?) {
    self.rows = rows
    let number = project.map { dataset.number(ofProject: $0) }
    let isKnown = number != .some(nil)
    self.project = number ?? nil
    end = isKnown ? range.upperBound : range.lowerBound
    observation = range.lowerBound
    traceEnd = range.lowerBound
  }

  package func within(_ part: Range<Int>) -> Members {
    var members = self
    members.end = min(end, part.upperBound)
    (members.observation, members.traceEnd) = (part.lowerBound, part.lowerBound)
    return members
  }

  @inline(__always)
  package mutating func next() -> Int? {
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
