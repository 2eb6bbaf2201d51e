// Nothing is allocated per row: a block of any size is made in what the one before left behind.

import Allocator
import Observations
import Testing

@Suite struct AllocationTests {
  private func allocated(_ work: () throws -> Void) throws -> UInt64 {
    let before = try #require(Allocator.allocatedByThisThread())
    try work()
    return try #require(Allocator.allocatedByThisThread()) - before
  }

  @Test(.enabled(if: Allocator.version != nil, "jemalloc is not linked"))
  func aBlockAllocatesNothingPerRow() throws {
    let dataset = sample(9_000)
    let rows = arrivals(dataset)
    let encoder = BlockEncoder(dataset)
    // The names of types are put together for each block, and that is all.
    func block(of count: Int) throws -> UInt64 {
      var rest = rows[..<count]
      return try allocated { _ = encoder.encode(&rest) }
    }
    _ = try block(of: 4_096)
    let large = try block(of: 4_096)
    #expect(large < 8_192)
    #expect(try block(of: 64) == large, "a longer block allocates more")
  }

  @Test(.enabled(if: Allocator.version != nil, "jemalloc is not linked"))
  func arrivalsAllocateTheirPagesAndNoMore() throws {
    var arrivals = Arrivals(sample(60_000))
    var rows: [RowID] = []
    for _ in 0..<8 { arrivals.next(into: &rows, limit: 4_096) }
    let bytes = try allocated {
      for _ in 0..<8 { arrivals.next(into: &rows, limit: 4_096) }
    }
    // A page of a thousand rows of 16 bytes, which grows by doubling.
    #expect(bytes < 8 * 4_096 * 64, "\(bytes) bytes for \(8 * 4_096) rows")
  }
}
