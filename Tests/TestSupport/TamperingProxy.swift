// A proxy between a client and a real server that changes exports, and nothing else: it ends an
// answer early in good order, or gives a valid Parquet file of other rows. Every answer is taken
// whole before it is handed on, so this is for small ones.

import Foundation
import Synchronization

/// Hands requests on to a port of loopback, and changes the answers that are Parquet.
package final class TamperingProxy: Sendable {
  /// What becomes of an export.
  package enum Fault: Sendable, CaseIterable {
    /// 90 % of it arrive, with a last chunk.
    case lastChunkAfter90Percent
    /// 90 % of it arrive, without a length, and the connection closes.
    case closeAfter90Percent
    /// The first row is missing.
    case droppedRow
    /// A value of the first row is another one.
    case changedValue
  }

  private struct State {
    var changed = 0
  }

  private let listener = LoopbackListener()
  private let upstream: Int
  private let fault: Fault
  private let state = Mutex(State())

  /// The port it listens on.
  package var port: Int { listener.port }
  /// How many answers were changed.
  package var changed: Int { state.withLock { $0.changed } }

  /// Starts to listen.
  package init(to upstream: Int, _ fault: Fault) {
    (self.upstream, self.fault) = (upstream, fault)
    listener.start { [self] in serve(Wire($0)) }
  }

  /// Ends it; its thread holds it until then.
  package func close() { listener.close() }

  private func serve(_ client: Wire) {
    guard let head = client.readHead() else { return }
    let request = Message(head, client)
    guard let answer = ask(request) else { return }
    let isExport =
      head.hasPrefix("POST") && head.contains("default_format=Parquet")
      && answer.body.starts(with: "PAR1".utf8)
    guard isExport else {
      client.send(answer.bytes)
      return
    }
    state.withLock { $0.changed += 1 }
    let part = Array(answer.body.prefix(answer.body.count * 9 / 10))
    switch fault {
    case .lastChunkAfter90Percent:
      let chunk = Array("\(String(part.count, radix: 16))\r\n".utf8) + part
      client.send(
        Array("HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
          + chunk + Array("\r\n0\r\n\r\n".utf8))
    case .closeAfter90Percent:
      client.send(Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".utf8) + part)
    case .droppedRow, .changedValue:
      // The server's log has the original; the client gets the answer to another question.
      var other = request
      other.line = request.line.split { "?& ".contains($0) }.reduce(request.line) { line, part in
        part.hasPrefix("query_id=") ? line.replacing(part, with: "query_id=\(UUID())") : line
      }
      other.body = Array(changedSQL(String(decoding: request.body, as: UTF8.self)).utf8)
      client.send(ask(other)?.bytes ?? [])
    }
  }

  private func changedSQL(_ sql: String) -> String {
    fault == .droppedRow
      ? "SELECT * FROM (\(sql)) ORDER BY id OFFSET 1"
      : """
      SELECT * REPLACE (if(id = min(id) OVER (), concat(name, 'x'), name) AS name) FROM (\(sql))
      """
  }

  /// What the server answers to a request.
  private func ask(_ request: Message) -> Message? {
    guard let socket = connected(to: upstream) else { return nil }
    defer { Glibc.close(socket) }
    let server = Wire(socket)
    server.send(request.bytes)
    guard let head = server.readHead() else { return nil }
    return Message(head, server)
  }
}

/// A request or an answer, whole, with a length instead of chunks.
private struct Message {
  var line: String
  let headers: [String]
  var body: [UInt8] = []

  init(_ head: String, _ wire: Wire) {
    let lines = head.split(whereSeparator: \.isNewline).map(String.init)
    line = lines.first ?? ""
    let framing = ["transfer-encoding:", "content-length:", "connection:"]
    headers = lines.dropFirst().filter { line in
      !framing.contains { line.lowercased().hasPrefix($0) }
    }
    let length = lines.first { $0.lowercased().hasPrefix("content-length:") }
      .flatMap { Int($0.dropFirst(15).filter { $0 != " " }) }
    var body: [UInt8] = []
    wire.readBody(
      isChunked: head.lowercased().contains("transfer-encoding: chunked"), length: length ?? 0
    ) { body += $0 }
    self.body = body
  }

  var bytes: [UInt8] {
    let lines = [line] + headers + ["Connection: close", "Content-Length: \(body.count)"]
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
  }
}
