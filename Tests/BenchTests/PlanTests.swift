// The order of attempts, as a pure function of a benchmark.

import BenchmarkSpec
import ExportBenchmark
import ExportPaths
import Testing
import Units

@Suite struct PlanTests {
  static let windows = [1, 6, 24].map { TimeSpan(milliseconds: $0 * 3_600_000) }
  static let names = ["a", "b", "c"]

  private func plan(seed: UInt64, repeats: Int = 7, warmups: Int = 2) throws -> Plan {
    Plan(
      mergeStates: [.fresh, .merged], windows: Self.windows, paths: try Self.names.map(Self.path),
      repeats: repeats, warmups: warmups, seed: seed)
  }

  private static func path(_ name: String) throws -> ExportPath {
    let header = ["idea", "keeps in memory", "gets wrong", "reads"].map { "-- \($0): x\n" }
    return try ExportPath(name: name, text: header.joined() + "SELECT 1")
  }

  @Test func theSeedDecidesTheOrder() throws {
    #expect(try plan(seed: 1) == plan(seed: 1))
    #expect(try plan(seed: 1) != plan(seed: 2))
  }

  @Test func everyRepeatHasEachPathAndWindowOnce() throws {
    let cells = try plan(seed: 3).cells
    #expect(cells.count == 2 * 3 * 3 * (7 + 2))
    for repetition in stride(from: 0, to: cells.count, by: 9).map({ cells[$0..<($0 + 9)] }) {
      #expect(Set(repetition.map { "\($0.path.name) \($0.window)" }).count == 9)
      #expect(Set(repetition.map { "\($0.mergeState) \($0.period) \($0.repeat)" }).count == 1)
    }
  }

  @Test func thePathsOfAPairAreNeighbours() throws {
    let cells = try plan(seed: 4).cells
    for pair in stride(from: 0, to: cells.count, by: 3).map({ cells[$0..<($0 + 3)] }) {
      #expect(Set(pair.map(\.window)).count == 1)
      #expect(Set(pair.map(\.path.name)) == Set(Self.names))
    }
  }

  @Test func everyKindOfAttemptStandsBesideTheOthersOfItsWindow() throws {
    let kinds = [AttemptKind.export(.stream), .stage(.read), .stage(.encode)]
    let paths = try Self.names.map(Self.path)
    func plan(_ kinds: [AttemptKind]) -> Plan {
      Plan(
        mergeStates: [.fresh], windows: Self.windows, paths: paths, kinds: kinds, repeats: 5,
        warmups: 0, seed: 4)
    }
    let cells = plan(kinds).cells
    #expect(cells.count == 5 * 3 * 3 * 3)
    for group in stride(from: 0, to: cells.count, by: 9).map({ cells[$0..<($0 + 9)] }) {
      #expect(Set(group.map(\.window)).count == 1)
      #expect(Set(group.map { "\($0.path.name) \($0.kind)" }).count == 9)
    }
    #expect(Set(stride(from: 0, to: cells.count, by: 9).map { cells[$0].kind }).count == 3)
  }

  @Test func noPathIsAlwaysFirst() throws {
    let cells = try plan(seed: 5, repeats: 40).cells
    let first = stride(from: 0, to: cells.count, by: 3).map { cells[$0].path.name }
    #expect(Set(first) == Set(Self.names))
    let firstWindow = stride(from: 0, to: cells.count, by: 9).map { cells[$0].window }
    #expect(Set(firstWindow) == Set(Self.windows))
  }

  @Test func warmUpsComeFirstInEachMergeState() throws {
    let cells = try plan(seed: 6).cells
    #expect(cells.prefix(cells.count / 2).allSatisfy { $0.mergeState == .fresh })
    #expect(cells.suffix(cells.count / 2).allSatisfy { $0.mergeState == .merged })
    for state in [MergeState.fresh, .merged] {
      let phases = cells.filter { $0.mergeState == state }.map(\.period)
      #expect(phases.prefix(18).allSatisfy { $0 == .warmup })
      #expect(phases.dropFirst(18).allSatisfy { $0 == .measured })
    }
    #expect(cells.filter { $0.period == .measured }.map(\.repeat).max() == 7)
    #expect(cells.map(\.repeat).min() == 1)
  }
}
