// Tables that travel with a query: what is on the wire, and what of an answer that comes early.

import ClickHouseClient
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ExternalTableTests {
  private struct Row: Decodable { let n: Int }

  /// A table whose data is `count` times that byte, in pieces that fit no buffer.
  private func table(_ name: String, _ byte: UInt8, count: Int) throws -> ExternalTable {
    let left = Mutex(count)
    return ExternalTable(
      name: try Identifier(name), format: "Parquet", structure: "`id` String, `n` Array(UInt8)"
    ) { buffer in
      left.withLock { left in
        let now = min(left, buffer.count, 1_000)
        for index in 0..<now { buffer[index] = byte }
        left -= now
        return now
      }
    }
  }

  @Test func theQueryAndTheTablesAreOneForm() async throws {
    let server = FakeServer(.answer("[{\"n\":1}]"))
    let rows = try await client(server, user: "me:hush@").rows(
      Query("SELECT 1 -- ä", parameters: ["p": "v"], settings: ["readonly": "2"]),
      with: [try table("side_a", 65, count: 2_500), try table("side_b", 66, count: 0)],
      as: Row.self)
    #expect(rows.map(\.n) == [1])
    let request = try #require(server.received.first)
    #expect(request.line.contains("param_p=v") && request.line.contains("readonly=2"))
    #expect(!request.line.contains("query=") && !request.line.contains("hush"))
    let type = try #require(
      request.head.split(separator: "\r\n").first { $0.hasPrefix("Content-Type: multipart") })
    let boundary = try #require(type.split(separator: "boundary=").last)
    let parts = request.text.split(separator: "\r\n--\(boundary)", omittingEmptySubsequences: false)
    #expect(parts.count == 9 && parts.first == "" && parts.last == "--\r\n")
    func part(_ name: String, _ text: String) -> String {
      "\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(text)"
    }
    let structure = "`id` String, `n` Array(UInt8)"
    #expect(
      parts[1...5].map(String.init) == [
        part("query", "SELECT 1 -- ä"), part("side_a_format", "Parquet"),
        part("side_a_structure", structure), part("side_b_format", "Parquet"),
        part("side_b_structure", structure),
      ])
    #expect(parts[6].hasSuffix("\r\n\r\n" + String(repeating: "A", count: 2_500)))
    #expect(parts[7].contains("name=\"side_b\"; filename=\"side_b\"\r\n"))
    #expect(parts[7].hasSuffix("octet-stream\r\n\r\n"))
  }

  @Test func aRefusalBeforeTheEndIsTheAnswer() async throws {
    let text = "Code: 36. DB::Exception: no such type (BAD_ARGUMENTS) (version 25.8.2.1)\n"
    let server = FakeServer([
      .readHead,
      .send(
        "HTTP/1.1 400 Bad Request\r\nConnection: Close\r\nX-ClickHouse-Exception-Code: 36\r\n"
          + "Content-Length: \(text.utf8.count)\r\n\r\n\(text)"),
      .stall,
    ])
    let said = await sentence {
      _ = try await client(server).rows(
        Query("SELECT 1", queryID: "q1"), with: [try table("t", 65, count: 64 << 20)], as: Row.self)
    }
    #expect(said == "ClickHouse says: no such type (error 36, BAD_ARGUMENTS, query q1)")
  }

  @Test func aSourceThatFailsEndsTheRequest() async throws {
    let server = FakeServer([.read, .stall])
    let broken = ExternalTable(
      name: try Identifier("t"), format: "Parquet", structure: "id String"
    ) { _ in throw Unmet("the disk is gone") }
    let said = await sentence {
      _ = try await client(server).rows(Query("SELECT 1"), with: [broken], as: Row.self)
    }
    #expect(said == "the disk is gone")
  }
}
