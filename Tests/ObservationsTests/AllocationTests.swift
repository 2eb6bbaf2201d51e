// Nothing is allocated per row: a dataset of any size is made in what the first blocks left behind.

import Allocator
import Observations
import Testing

@Suite struct AllocationTests {
  @Test(.enabled(if: Allocator.version != nil, "jemalloc is not linked"))
  func blocksAllocateNothingOnceTheyAreWarm() throws {
    let dataset = sample(60_000)
    var arrivals = Arrivals(dataset)
    let encoder = BlockEncoder(dataset)
    var rows: [RowID] = []
    func some(_ blocks: Int) throws -> (rows: Int, bytes: UInt64) {
      let before = try #require(Allocator.allocatedByThisThread())
      var made = 0
      for _ in 0..<blocks {
        arrivals.next(into: &rows, limit: 4_096)
        var rest = rows[...]
        while !rest.isEmpty { _ = encoder.encode(&rest) }
        made += rows.count
      }
      return (made, try #require(Allocator.allocatedByThisThread()) - before)
    }
    _ = try some(8)
    let (made, bytes) = try some(8)
    // The calendar's pages are arrays, a few for each thousand rows, that are not kept.
    #expect(made == 8 * 4_096)
    #expect(bytes < UInt64(made) * 24, "\(bytes) bytes for \(made) rows")
    let before = try #require(Allocator.allocatedByThisThread())
    for _ in 0..<8 {
      var rest = rows[...]
      while !rest.isEmpty { _ = encoder.encode(&rest) }
    }
    #expect(try #require(Allocator.allocatedByThisThread()) == before, "the encoder allocates")
  }
}
