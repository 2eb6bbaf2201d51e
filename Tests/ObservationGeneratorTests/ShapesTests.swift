// The shapes of duplicates, seen from the bytes: each is what it says, and the truth holds for all.

import Analysis
import ObservationGenerator
import Testing
import Units

private let day: Int64 = 86_400_000

/// Seventy-five days with two edges of months inside, and every shape.
private func shaped(
  _ observations: Int = 400, seed: UInt64 = 3, _ change: (inout Dataset) -> Void = { _ in }
) -> Dataset {
  var dataset = Dataset(
    name: "shaped", observations: observations, start: september,
    span: TimeSpan(milliseconds: Int(75 * day)))
  dataset.seed = seed
  dataset.versions = [0.4, 0.3, 0.2, 0.1]
  dataset.projects = 2
  dataset.firstProjectShare = 0.7
  dataset.lag = LongTail(median: Int(2 * day), p99: Int(9 * day), max: Int(20 * day))
  dataset.deleted = 0.06
  for shape in given { dataset.shapes[shape] = 0.07 }
  dataset.shapes[.hot] = 0.01
  dataset.hotVersions = 30
  dataset.payload.output = LongTail(median: 40, p99: 80, max: 100)
  change(&dataset)
  return dataset
}

private let given = Shape.allCases.filter {
  ![.plain, .superseded, .deleted, .hot].contains($0)
}

private let moving = [Shape.movedWithinDay, .movedDay, .movedMonth]

/// A decoded row with its name. What the oracle asks of it for every window is looked up once.
private struct Decoded {
  let name: RowID
  let cells: [String: Cell]
  let id: String
  let project: String
  let start: Int64
  let event: Int64
  let updated: Int64
  let isDeleted: Bool

  init(name: RowID, cells: [String: Cell]) throws {
    func number(_ column: String) throws -> Int64 { try #require(cells[column]?.number) }
    self.name = name
    self.cells = cells
    id = try #require(cells["id"]?.text)
    project = try #require(cells["project_id"]?.text)
    start = try number("start_time")
    event = try number("event_ts")
    updated = try number("updated_at")
    isDeleted = try number("is_deleted") == 1
  }
}

private func decoded(_ dataset: Dataset) throws -> [Decoded] {
  let names = arrivals(dataset)
  let rows = try readBlocks(encode(dataset, names))
  return try zip(names, rows).map { try Decoded(name: $0, cells: $1) }
}

/// The current version of every id, from rows in the order of arrival.
private func winners(_ rows: [Decoded]) -> [String: Decoded] {
  var winners: [String: Decoded] = [:]
  for row in rows where row.event >= winners[row.id]?.event ?? .min {
    winners[row.id] = row
  }
  return winners
}

private struct Expected {
  var truth = GroundTruth()
  var currentRows: [RowID] = []

  init(
    _ rows: [Decoded], _ winners: [String: Decoded], project: String?,
    window: ClosedRange<Int64>?
  ) {
    func isWanted(_ row: Decoded) -> Bool {
      window?.contains(row.start) != false && (project == nil || row.project == project)
    }
    let inside = rows.filter(isWanted)
    truth.rows = inside.count
    truth.observations = Set(inside.map { $0.id }).count
    for row in winners.values where isWanted(row) && !row.isDeleted {
      truth.currentRows += 1
      truth.survivorsUpdatedAtSum &+= UInt64(row.updated)
      currentRows.append(row.name)
    }
    currentRows.sort()
  }
}

/// All rows of an observation, in the order of arrival.
private func histories(_ dataset: Dataset) throws -> [String: [Decoded]] {
  Dictionary(grouping: try decoded(dataset)) { $0.id }
}

@Suite struct ShapesTests {
  static let windows: [ClosedRange<Int64>?] = {
    let month = september + 30 * day
    let ranges = [
      (september, 3_600_000), (september, day / 4), (september, day), (september, 7 * day),
      (september, 30 * day), (september, 61 * day), (september, 75 * day), (month, day),
      (month - 1, 2), (month, 31 * day), (september + 12_345_678, 9 * day),
      (september - 40 * day, 40 * day), (september + 75 * day, 70 * day), (september - day, 1),
    ]
    return [nil, Int64.min...Int64.max] + ranges.map { $0...($0 + $1 - 1) }
  }()

  @Test(arguments: zip(Dataset.Order.allCases + Dataset.Order.allCases, 3...8))
  func theTruthHolds(order: Dataset.Order, seed: Int) throws {
    let dataset = shaped(seed: UInt64(seed)) { $0.order = order }
    let rows = try decoded(dataset)
    let winners = winners(rows)
    let projects = [nil, dataset.exportProject, dataset.projectID(1)]
    for (number, window) in Self.windows.enumerated() {
      let project = projects[(number + seed) % 3]
      let expected = Expected(rows, winners, project: project, window: window)
      #expect(dataset.truth(project: project, window: window) == expected.truth)
      #expect(
        Array(dataset.survivingRows(project: project, window: window)) == expected.currentRows)
    }
    #expect(Array(dataset.survivingRows(project: "project-none")).isEmpty)
  }

  /// Over two days, a month, and parts of months: wherever there is little room to move.
  @Test(arguments: moving, [("2026-09-30", 2), ("2026-02-01", 28), ("2026-01-20", 50)])
  func theTruthHoldsWithLittleRoom(shape: Shape, span: (start: String, days: Int)) throws {
    let text = """
      name: one
      observations: 60
      start: \(span.start)
      days: \(span.days)
      lag: {median: 1h, p99: 1d, max: 2d}
      shapes: {\(shape.rawValue): 1}
      """
    let dataset = try Dataset(yaml: text, file: "one.yaml")
    let rows = try decoded(dataset)
    let winners = winners(rows)
    for number in stride(from: 0, to: rows.count, by: 31) {
      let start = rows[number].start
      for window in [start...start, start...(start + 3 * day), (start - day)...start] {
        let expected = Expected(rows, winners, project: nil, window: window)
        #expect(dataset.truth(window: window) == expected.truth)
        #expect(Array(dataset.survivingRows(window: window)) == expected.currentRows)
      }
    }
  }

  /// The rows of a shape have what it says, in its last two versions as they arrive, and nothing
  /// else out of the ordinary.
  @Test(arguments: Dataset.Order.allCases.filter { $0 != .shuffled })
  func everyShapeIsWhatItSays(order: Dataset.Order) throws {
    let dataset = shaped { $0.order = order }
    let histories = try histories(dataset)
    let profiles = dataset.described(ids: Set(histories.keys))
    var seen: Set<Shape> = []
    for (id, rows) in histories {
      let profile = try #require(profiles[id])
      #expect(profile.versions == rows.count)
      #expect(traits(rows) == traits(of: profile.shape, rows.count), "\(profile) \(id)")
      seen.insert(profile.shape)
    }
    #expect(seen == Set(Shape.allCases))
  }

  /// What can be seen of a history without knowing its shape.
  private func traits(_ rows: [Decoded]) -> Set<String> {
    var traits: Set<String> = []
    let last = rows[rows.count - 1]
    if last.isDeleted { traits.insert("ends as a tombstone") }
    if rows.dropLast().contains(where: { $0.isDeleted }) { traits.insert("was one") }
    if rows.count > 10 { traits.insert("hot") }
    guard rows.count > 1 else { return traits }
    let previous = rows[rows.count - 2]
    if last.event == previous.event { traits.insert("ties in event_ts") }
    if last.event < previous.event { traits.insert("falls in event_ts") }
    if last.updated == previous.updated { traits.insert("ties in updated_at") }
    if last.updated < previous.updated { traits.insert("falls in updated_at") }
    if last.cells["type"] != previous.cells["type"] { traits.insert("retyped") }
    let (from, to) = (previous.start, last.start)
    if from != to {
      let months = (month(from), month(to))
      traits.insert(
        from / day == to / day ? "moved in a day" : months.0 == months.1 ? "to a day" : "to a month"
      )
    }
    return traits
  }

  private func traits(of shape: Shape, _ versions: Int) -> Set<String> {
    switch shape {
    case .plain: versions == 1 ? [] : ["not plain"]
    case .superseded: versions > 1 ? [] : ["not superseded"]
    case .deleted: ["ends as a tombstone"]
    case .undeleted: versions > 2 ? ["was one"] : ["too few"]
    case .outOfOrder: ["falls in event_ts", "falls in updated_at"]
    case .tiedUpdatedAt: ["ties in updated_at"]
    case .tiedOutOfOrder: ["falls in event_ts", "ties in updated_at"]
    case .tied: ["ties in event_ts", "ties in updated_at"]
    case .disagreeing: ["falls in updated_at"]
    case .retyped: ["retyped"]
    case .movedWithinDay: ["moved in a day"]
    case .movedDay: ["to a day"]
    case .movedMonth: ["to a month"]
    case .hot: ["hot"]
    }
  }

  // Of the seventy-five days from September on, and the months around them.
  private func month(_ time: Int64) -> Int {
    let edges = [31, 30, 31, 30, 31].reduce(into: [september - 31 * day]) { edges, days in
      edges.append(edges[edges.count - 1] + Int64(days) * day)
    }
    return edges.lastIndex { $0 <= time } ?? -1
  }

  /// The earlier versions agree among themselves, and no row is older than its own times.
  @Test func onlyTheLastVersionDiffers() throws {
    let dataset = shaped()
    let starts = StartTimes(dataset)
    for rows in try histories(dataset).values {
      let byVersion = rows.sorted { $0.name < $1.name }
      let numbers = byVersion.map { $0.name.version }
      #expect(numbers == Array(1...rows.count))
      for column in ["type", "start_time"] {
        #expect(Set(byVersion.dropLast().compactMap { "\($0.cells[column] ?? .null)" }).count <= 1)
      }
      for row in rows {
        #expect(row.cells["created_at"] == rows[0].cells["created_at"])
        if let end = row.cells["end_time"]?.number { #expect(end >= row.start) }
        #expect(starts[row.name] == row.start)
        #expect(starts.month(of: row.name) == 202_608 + month(row.start))
        #expect(dataset.window(dataset.span).contains(row.start))
      }
    }
  }

  /// Of those that move, about as many move one way as the other; some cross the edge of a week.
  @Test func movesGoBothWays() throws {
    for shape in moving {
      let dataset = shaped(1_000) {
        $0.deleted = 0
        $0.shapes = [shape: 1]
        $0.versions = [0, 1]
        $0.order = .observation
      }
      let starts = StartTimes(dataset)
      let moves = (0..<1_000).map { number in
        let from = starts[RowID(observation: number, version: 1)]
        let to = starts[RowID(observation: number, version: 2)]
        return (from, to)
      }
      #expect((350...650).contains(moves.filter { $0.0 < $0.1 }.count))
      let week = september...(september + 7 * day - 1)
      let crossing = moves.filter { week.contains($0.0) != week.contains($0.1) }.count
      #expect(shape == .movedWithinDay ? crossing == 0 : crossing > 5)
    }
  }

  @Test func sharesAreMet() throws {
    let dataset = shaped(4_000) { $0.payload = Dataset.Payload() }
    let ids = Set(try decoded(dataset).map { $0.id })
    let profiles = dataset.described(ids: ids)
    #expect(ids.count == 4_000 && profiles.count == 4_000)
    for shape in given + [.deleted] {
      let share = Double(profiles.values.filter { $0.shape == shape }.count) / 4_000
      #expect(abs(share - (shape == .deleted ? 0.06 : 0.07)) < 0.015, "\(shape)")
    }
    let hot = profiles.values.filter { $0.shape == .hot }
    #expect((20...60).contains(hot.count) && hot.allSatisfy { $0.versions == 30 })
    // Those without a shape have the versions that the description says.
    let rest = profiles.values.filter { [.plain, .superseded].contains($0.shape) }
    let plain = rest.filter { $0.shape == .plain }
    #expect(abs(Double(plain.count) / Double(rest.count) - 0.4) < 0.05)
    #expect(dataset.described(ids: ["", "no id", "00000000-0000-4000-8000-000000000000"]).isEmpty)
  }

  /// Shapes beside `deleted` change nobody who has none.
  @Test func othersStayAsTheyWere() throws {
    let without = try histories(shaped { $0.shapes = [:] })
    let dataset = shaped()
    let with = try histories(dataset)
    let profiles = dataset.described(ids: Set(with.keys))
    for (id, profile) in profiles where [.plain, .superseded, .deleted].contains(profile.shape) {
      #expect(with[id]?.map { $0.cells } == without[id]?.map { $0.cells })
    }
  }

  @Test(arguments: Dataset.Order.allCases)
  func everyRowArrivesOnce(order: Dataset.Order) {
    let dataset = shaped { $0.order = order }
    let rows = arrivals(dataset, limit: 7)
    #expect(rows.count == dataset.truth().rows)
    #expect(Set(rows).count == rows.count)
  }
}
