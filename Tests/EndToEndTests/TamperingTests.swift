// Exports through a proxy that ends answers early in good order, drops a row or changes a value:
// nothing of it goes unnoticed.

import ClickHouseClient
import Foundation
import RunStore
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct TamperingTests {
    private let scratch = Scratch()

    private func through(
      _ fault: TamperingProxy.Fault, _ work: ([String: String]) async throws -> Void
    ) async throws {
      let proxy = TamperingProxy(to: try await Shared.server.endpoint.port, fault)
      defer { proxy.close() }
      var environment = try await Shared.environment
      environment["CLICKHOUSE_URL"] = "http://127.0.0.1:\(proxy.port)"
      try await work(environment)
      #expect(proxy.changed > 0, "the proxy changed nothing, so the test shows nothing")
    }

    private static let endings: [TamperingProxy.Fault] = [
      .lastChunkAfter90Percent, .closeAfter90Percent,
    ]

    @Test(arguments: TamperingProxy.Fault.allCases)
    func aRunNoticesIt(fault: TamperingProxy.Fault) async throws {
      try await through(fault) { environment in
        let folder = scratch.path("run")
        let result = try await Program.run(
          ["run", TinyBenchmark(repeats: 2).write(to: scratch), "--output", folder, "--gate"],
          environment: environment)
        #expect(result.ending == .exit(1), "\(result.remarks)")
        let samples = try wholeRows(Sample.self, "\(folder)/samples.csv")
        let checks = try wholeRows(VerificationSample.self, "\(folder)/verification.csv")
        #expect(samples.count == 4 && checks.count == 2)
        switch fault {
        case .lastChunkAfter90Percent, .closeAfter90Percent:
          #expect(samples.allSatisfy { $0.status == .failed && $0.receivedRows == nil })
          #expect(samples.allSatisfy { $0.errorName == "ANSWER_CUT_SHORT" })
          #expect(checks.allSatisfy { $0.errorName == "ANSWER_CUT_SHORT" })
        case .droppedRow:
          #expect(samples.allSatisfy { $0.status == .wrongRows })
          #expect(samples.allSatisfy { $0.receivedRows == $0.expectedRows.map { $0 - 1 } })
          #expect(samples.allSatisfy { $0.errorName == "OTHER_ROWS_RECEIVED" })
          #expect(checks.allSatisfy { $0.status == .wrongRows })
          #expect(checks.allSatisfy { $0.returnedRows == $0.expectedRows.map { $0 - 1 } })
        case .changedValue:
          #expect(samples.allSatisfy { $0.status == .ok }, "a footer does not show a value")
          #expect(checks.allSatisfy { $0.status == .wrongRows })
          #expect(checks.allSatisfy { $0.errorName == "ANSWER_CHANGED" })
          #expect(checks.allSatisfy { $0.errorMessage?.contains("differ in: name;") == true })
        }
      }
    }

    @Test func anExportNoticesItAndLeavesNoFile() async throws {
      let database = ["--database", "exportbench_tampered"]
      let made = try await Program.run(
        ["generate", tiny()] + database, environment: try await Shared.environment)
      #expect(made.ending == .exit(0), "\(made.remarks)")
      let file = scratch.path("out/day.parquet")
      try FileManager.default.createDirectory(
        atPath: scratch.path("out"), withIntermediateDirectories: true)
      let export = ["export", "limit-by", "--window", "40d", "--output", file] + database
      for (fault, words) in [
        (TamperingProxy.Fault.lastChunkAfter90Percent, "without a footer at their end"),
        (.closeAfter90Percent, "without a footer at their end"),
        (.droppedRow, "that the server returned"),
        (.changedValue, "values differ in: name;"),
      ] {
        try await through(fault) { environment in
          let result = try await Program.run(
            export + (fault == .changedValue ? ["--check"] : []), environment: environment)
          #expect(result.ending == .exit(69), "\(fault): \(result.remarks)")
          #expect(result.remarks.contains(words), "\(fault): \(result.remarks)")
          #expect(namesInFolder(scratch.path("out")).isEmpty, "\(fault)")
        }
      }
      let whole = try await Program.run(
        export + ["--check"], environment: try await Shared.environment)
      #expect(whole.ending == .exit(0), "\(whole.remarks)")
      #expect(whole.output.contains("in the footer, as in the server's query log\n"))
      #expect(whole.output.contains("values   equal to a second query"))
      let client = Client(try await Shared.server.endpoint)
      try await client.execute(Query("DROP DATABASE exportbench_tampered SYNC"))
    }

    @Test(arguments: TamperingProxy.Fault.allCases)
    func aLoadNoticesIt(fault: TamperingProxy.Fault) async throws {
      let file = scratch.write(
        """
        name: tampered
        description: a load for tests
        dataset: \(tiny())
        load: {preload: 300, duration: 1s}
        exports: [{path: mv-final, window: 1d, rate: 3, concurrency: 1}]
        """, to: "load.yaml")
      try await through(fault) { environment in
        let folder = scratch.path("load")
        let result = try await Program(
          ["load", file, "--output", folder], environment: environment
        ).result()
        let requests = try wholeRows(RequestSample.self, "\(folder)/requests.csv")
          .filter { $0.outcome != .abandoned }
        let phase = try #require(try wholeRows(PhaseSample.self, "\(folder)/phases.csv").first)
        #expect(!requests.isEmpty, "\(result.remarks)")
        if Self.endings.contains(fault) {
          #expect(requests.allSatisfy { $0.errorName == "ANSWER_CUT_SHORT" })
          #expect(!phase.hasWrongExports)
          #expect(phase.exportsError?.contains("without a footer") == true)
        } else {
          #expect(requests.allSatisfy { $0.status == .ok })
          #expect(phase.otherRowsExports == (fault == .droppedRow ? requests.count : 0))
          #expect(phase.changedExports == 1 && phase.hasWrongExports)
          let report = textOfFile("\(folder)/report.md")
          #expect(report?.contains("differ from what the server") == true)
        }
      }
    }

    private func tiny() -> String {
      _ = TinyBenchmark().write(to: scratch)
      return scratch.path("tiny-data.yaml")
    }
  }
}
