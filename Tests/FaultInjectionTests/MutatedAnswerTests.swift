// Broken answers of a server: each ends in a result or in one sentence, and in good time.

import ClickHouseClient
import Foundation
import TestSupport
import Testing

extension FaultInjectionTests {
  @Suite struct MutatedAnswerTests {
    private struct Row: Decodable {
      let name: String
      let count: Int
    }

    /// Answers as servers give them: rows, a stream, and exceptions in all their forms.
    private static let answers: [String] = {
      func answer(_ status: String, _ headers: [String], _ body: String) -> String {
        (["HTTP/1.1 \(status)"] + headers).joined(separator: "\r\n") + "\r\n\r\n" + body
      }
      func chunked(_ text: String) -> String {
        "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n0\r\n\r\n"
      }
      let summary =
        "X-ClickHouse-Summary: {\"read_rows\":\"2\",\"read_bytes\":\"20\",\"elapsed_ns\":\"12345\"}"
      let transfer = "Transfer-Encoding: chunked"
      let rows = "[{\"name\":\"a\",\"count\":1},\n{\"name\":\"b\",\"count\":22}]\n"
      let error =
        "Code: 241. DB::Exception: Memory limit (total) exceeded. (MEMORY_LIMIT_EXCEEDED) "
        + "(version 25.8.2.1)\n"
      return [
        answer("200 OK", [transfer, summary], chunked(rows)),
        answer("200 OK", ["Content-Length: \(rows.utf8.count)", summary], rows),
        answer(
          "500 Internal Server Error", [transfer, "X-ClickHouse-Exception-Code: 241"],
          chunked(error)),
        answer("200 OK", [transfer], chunked(rows + error)),
        answer("200 OK", [transfer], chunked(rows + "__exception__\r\n" + error)),
        answer(
          "200 OK", [transfer, "X-ClickHouse-Exception-Tag: abcdefgh"],
          chunked(
            rows + "\r\n__exception__\r\nabcdefgh\r\n" + error + "\n\(error.utf8.count) "
              + "abcdefgh\r\n__exception__\r\n")),
        answer("100 Continue", [], "")
          + answer(
            "200 OK", [summary, summary, transfer],
            chunked(rows)),
        answer("403 Forbidden", ["Content-Length: 0", "X-ClickHouse-Exception-Code: 516"], ""),
        answer("301 Moved", ["Location: http://127.0.0.1:1/", "Content-Length: 0"], ""),
      ]
    }()

    @Test func aBrokenAnswerIsAResultOrASentence() async throws {
      let inputs = Self.answers.map { Array($0.utf8) }
      let mutator = Mutator(spare: inputs)
      await Faults.trials("answers", 600) { draws, name in
        let bytes = mutator.mutated(draws.one(of: inputs), &draws)
        let server = FakeServer([.read, .bytes(bytes)])
        let client = Client(
          try Endpoint(server.url), timeouts: Timeouts(connect: .seconds(30), idle: .seconds(60)))
        let query = Query("SELECT name, count FROM t")
        do {
          switch Int.random(in: 0..<4, using: &draws) {
          case 0: _ = try await client.rows(query, as: Row.self)
          case 1: try await client.stream(query) { _ in }
          case 2: _ = try await client.insert(query) { _ in 0 }
          default: _ = try await client.serverVersion()
          }
        } catch {
          #expect(error is ClickHouseError, "\(error): \(name)")
          expectSentence(error, name)
        }
        #expect(server.received.count == 1, "a request is sent once: \(name)")
      }
    }
  }
}
