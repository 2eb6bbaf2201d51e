// An answer is not copied on its way: an export of any size streams through what the first chunks
// left behind. Without optimization closures take a few bytes for each chunk.

import Allocator
import ClickHouseClient
import Synchronization
import TestSupport
import Testing

@Suite struct AllocationTests {
  @Test(.enabled(if: Allocator.version != nil, "jemalloc is not linked"))
  func aLongAnswerAllocatesNextToNothing() async throws {
    let piece = [UInt8](repeating: 0x61, count: 100_000)
    let chunks = 400
    let server = FakeServer([
      .read, .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
      .chunk(piece, times: chunks), .send("0\r\n\r\n"),
    ])
    // Read on the connection's own thread, which is the one that moves the bytes.
    let seen = Mutex((bytes: 0, early: UInt64?.none, late: UInt64?.none))
    try await client(server).stream(Query("SELECT 1")) { bytes in
      let now = Allocator.allocatedByThisThread()
      seen.withLock { seen in
        seen.bytes += bytes.count
        // The first 4 MB fill buffers.
        if seen.bytes > 4_000_000, seen.early == nil { seen.early = now }
        seen.late = now
      }
    }
    let (bytes, early, late) = seen.withLock { $0 }
    #expect(bytes == piece.count * chunks)
    let allocated = try #require(late) - #require(early)
    #expect(allocated < UInt64(bytes) / 100, "\(allocated) bytes for 36 MB")
  }
}
