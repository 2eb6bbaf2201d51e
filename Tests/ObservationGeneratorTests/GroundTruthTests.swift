// The ground truth against what is counted from the rows themselves, one by one.

import Analysis
import ObservationGenerator
import Testing
import Units

private func counted(
  _ rows: [[String: Cell]], project: String?, window: ClosedRange<Int64>?
) throws -> GroundTruth {
  var truth = GroundTruth()
  var last: [String: (event: Int64, isDeleted: Bool)] = [:]
  for row in rows {
    let start = try #require(row["start_time"]?.number)
    if let window, !window.contains(start) { continue }
    if let project, row["project_id"] != .text(project) { continue }
    truth.rows += 1
    let id = try #require(row["id"]?.text)
    let event = try #require(row["event_ts"]?.number)
    if event > last[id]?.event ?? 0 { last[id] = (event, row["is_deleted"] == .number(1)) }
  }
  truth.observations = last.count
  for version in last.values where !version.isDeleted {
    truth.currentRows += 1
    truth.survivorsUpdatedAtSum &+= UInt64(version.event)
  }
  return truth
}

@Suite struct GroundTruthTests {
  @Test(arguments: Dataset.Order.allCases)
  func isWhatTheRowsSay(order: Dataset.Order) throws {
    let dataset = sample(200) { $0.order = order }
    let rows = try readBlocks(encode(dataset, arrivals(dataset)))
    let day: Int64 = 86_400_000
    let windows: [ClosedRange<Int64>?] = [
      nil, september...september, dataset.window(TimeSpan(milliseconds: 21_600_000)),
      september + day...september + 2 * day, september - day...september - 1,
      september + 5 * day...september + 6 * day, Int64.min...Int64.max,
    ]
    for window in windows {
      for project in [nil, dataset.exportProject, dataset.projectID(2), "project-none"] {
        #expect(
          dataset.truth(project: project, window: window)
            == (try counted(rows, project: project, window: window)))
      }
    }
  }

  /// Both ends belong to the window, to the millisecond.
  @Test func endsAreInclusive() throws {
    let dataset = sample(16)
    let rows = try readBlocks(encode(dataset, arrivals(dataset)))
    for start in Set(rows.compactMap { $0["start_time"]?.number }) {
      #expect(dataset.truth(window: start...start).observations >= 1)
      let before = dataset.truth(window: september...(start - 1))
      let through = dataset.truth(window: september...start)
      #expect(through.observations > before.observations)
    }
  }

  @Test func windowsBeginWithTheData() {
    let dataset = sample()
    #expect(
      dataset.window(TimeSpan(milliseconds: 3_600_000)) == september...(september + 3_599_999))
    #expect(dataset.truth(window: dataset.window(dataset.span)) == dataset.truth())
    #expect(dataset.truth().duplicates == dataset.truth().rows - 600)
  }

  @Test func sharesAreAsDescribed() {
    let dataset = sample(40_000) { $0.deleted = 0.25 }
    let all = dataset.truth()
    let first = dataset.truth(project: dataset.exportProject)
    #expect(abs(Double(all.rows) / 40_000 - 1.7) < 0.02)
    #expect(abs(Double(all.currentRows) / 40_000 - 0.75) < 0.02)
    #expect(abs(Double(first.observations) / 40_000 - 0.6) < 0.03)
    #expect(
      dataset.truth(project: dataset.projectID(1)).observations
        + dataset.truth(project: dataset.projectID(2)).observations + first.observations == 40_000)
  }
}
