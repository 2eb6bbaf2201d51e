// Where a failed query hides in an answer, in every form that servers have had, and what looks like
// one and is none.

import ClickHouseClient
import TestSupport
import Testing

private let text =
  "Code: 241. DB::Exception: Memory limit (total) exceeded: while executing Sorting."
  + " (MEMORY_LIMIT_EXCEEDED) (version 25.8.2.1 (official build))\n"
private let oldText = text.replacing("25.8.2.1", with: "24.8.4.1")
private let tag = "dngjzjnxkvlwkeua"
private let tagged = "X-ClickHouse-Exception-Tag: \(tag)"
private let block =
  "\r\n__exception__\r\n\(tag)\r\n\(text)\(text.utf8.count) \(tag)\r\n__exception__\r\n"

/// Splits a text over as many chunks as it has pieces of that size.
private func chunks(_ text: String, of size: Int) -> [FakeServer.Step] {
  let bytes = Array(text.utf8)
  return stride(from: 0, to: bytes.count, by: size).map {
    .chunk(Array(bytes[$0..<min($0 + size, bytes.count)]))
  }
}

@Suite(.timeLimit(.minutes(1))) struct ExceptionTests {
  /// Runs a query against a script, and checks that the memory limit comes out.
  private func expectMemoryLimit(
    _ script: [FakeServer.Step], version: ServerVersion = ServerVersion(25, 8, 2),
    sourceLocation: SourceLocation = #_sourceLocation
  ) async {
    let exception = await serverException(script)
    #expect(exception?.code == 241, sourceLocation: sourceLocation)
    #expect(exception?.name == "MEMORY_LIMIT_EXCEEDED", sourceLocation: sourceLocation)
    #expect(
      exception?.message == "Memory limit (total) exceeded: while executing Sorting.",
      sourceLocation: sourceLocation)
    #expect(exception?.version == version, sourceLocation: sourceLocation)
    #expect(exception?.queryID == "q1", sourceLocation: sourceLocation)
  }

  @Test func inTheStatus() async {
    await expectMemoryLimit(
      .answer(text, status: "500 Error", headers: ["X-ClickHouse-Exception-Code: 241"]))
    await expectMemoryLimit(.answer(text, status: "500 Error"))
    await expectMemoryLimit(
      .answer(
        "[\n{\"exception\": \"\(text.replacing("\n", with: ""))\"}\n]\n",
        status: "500 Error",
        headers: ["X-ClickHouse-Exception-Code: 241"]))
  }

  @Test func inAHeaderOfASuccess() async {
    await expectMemoryLimit(.answer(text, headers: ["X-ClickHouse-Exception-Code: 241"]))
  }

  @Test(arguments: [1, 7, 16, 100_000]) func inMidStreamWithAMarker(size: Int) async {
    await expectMemoryLimit(
      .begin() + [.chunk("1\t2\n")] + chunks("__exception__\r\n" + text, of: size))
  }

  @Test(arguments: [1, 7, 16, 100_000]) func inMidStreamWithATag(size: Int) async {
    let script = .begin(headers: [tagged]) + [.chunk("1\t2\n")] + chunks(block, of: size)
    await expectMemoryLimit(script)
    // Some servers complete the answer all the same.
    await expectMemoryLimit(script + [.end])
  }

  @Test func inMidStreamWithATagAndCutOff() async {
    await expectMemoryLimit(
      .begin(headers: [tagged]) + [
        .chunk("1\t2\n"), .chunk("\r\n__exception__\r\n\(tag)\r\n\(text)"),
      ]
    )
  }

  @Test func inMidStreamWithATagAndLongerThanTheTail() async {
    let long = String(repeating: "x", count: 100_000) + " " + text
    let block = "\r\n__exception__\r\n\(tag)\r\n\(long)100200 \(tag)\r\n__exception__\r\n"
    let exception = await serverException(
      .begin(headers: [tagged]) + [.chunk("1\n")] + chunks(block, of: 5000))
    #expect(exception?.name == "MEMORY_LIMIT_EXCEEDED")
    #expect(exception?.code == 0)
  }

  @Test(arguments: [1, 100_000]) func bareAtTheEndOfACompleteAnswer(size: Int) async {
    await expectMemoryLimit(
      .begin() + [.chunk("1\t2\n")] + chunks(oldText, of: size) + [.end],
      version: ServerVersion(24, 8, 4))
  }

  @Test func bareAtTheEndOfALongBinaryAnswer() async {
    let data = FakeServer.Step.chunk([UInt8](repeating: 0, count: 30_000), times: 10)
    await expectMemoryLimit(.begin() + [data, .chunk(oldText), .end], version: .init(24, 8, 4))
  }

  @Test func bareBeforeAReset() async {
    await expectMemoryLimit(.begin() + [.chunk("1\t2\n"), .chunk(text)])
  }

  @Test func oneThatQuotesAnother() async {
    let nested = oldText.replacing("while", with: "Code: 210. DB::NetException: gone (X). while")
    let exception = await serverException(.begin() + [.chunk("1\n"), .chunk(nested), .end])
    #expect(exception?.code == 241)
  }

  @Test func beforeTheDataOfAnInsertIsSent() async {
    let answer = "HTTP/1.1 500 Error\r\nX-ClickHouse-Exception-Code: 241\r\nContent-Length: "
    let server = FakeServer([
      .readHead, .send(answer + "\(text.utf8.count)\r\n\r\n\(text)"), .stall,
    ])
    let said = await sentence {
      try await client(server).insert(Query("INSERT INTO t FORMAT TSV")) { $0.count }
    }
    #expect(said.contains("error 241"))
  }

  @Test func oneWithoutACodeOfItsOwn() async {
    let body = "Poco::Exception. Code: 1000, e.code() = 32, Broken pipe (version 25.8.2.1)"
    let exception = await serverException(
      .answer(body, status: "500 Error", headers: ["X-ClickHouse-Exception-Code: 1000"]))
    #expect(exception?.code == 1000)
    #expect(exception?.message.hasPrefix("Poco::Exception") == true)
  }
}

@Suite(.timeLimit(.minutes(1))) struct NoExceptionTests {
  private func received(_ script: [FakeServer.Step]) async throws -> Int {
    let server = FakeServer(script)
    return try await client(server).execute(Query("SELECT 1")).receivedBytes
  }

  @Test func textInTheMiddleOfTheData() async throws {
    let rows = "1\t\(text)2\tfine\n"
    #expect(try await received(.begin() + [.chunk(rows), .end]) == rows.utf8.count)
    let tagless = "__exception__\r\n\(text)more\n"
    #expect(try await received(.begin() + [.chunk(tagless), .end]) == tagless.utf8.count)
  }

  @Test func textAtTheEndOfACompleteAnswerOfAServerThatWouldBreakItOff() async throws {
    #expect(try await received(.begin() + [.chunk("1\n" + text), .end]) > 0)
  }

  @Test func textThatIsTheWholeAnswer() async throws {
    // A server that fails before its first row says so in the status.
    #expect(try await received(.begin() + [.chunk(oldText), .end]) > 0)
  }

  @Test func textAtTheEndWithoutTheAnnouncedTag() async throws {
    let script = .begin(headers: [tagged]) + [.chunk("1\n" + oldText), .end]
    #expect(try await received(script) > 0)
    let foreign = block.replacing(tag, with: "aaaabbbbccccdddd")
    #expect(try await received(.begin(headers: [tagged]) + [.chunk(foreign), .end]) > 0)
  }

  @Test func aTruncatedAnswerWithoutATextIsATransportFailure() async throws {
    for headers in [[], [tagged]] {
      let server = FakeServer(.begin(headers: headers) + [.chunk("1\n" + text + "2\n")])
      do {
        try await client(server).execute(Query("SELECT 1"))
        Issue.record("a truncated answer is no success")
      } catch ClickHouseError.transport(let error) {
        #expect(error.kind == .truncated)
      }
    }
  }
}
