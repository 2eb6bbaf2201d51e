// In the steady state nothing is allocated: a block is made in what the one before left behind, and
// arrivals wait where others have waited.

import Allocator
import ObservationGenerator
import Testing

@Suite struct AllocationTests {
  /// What asking takes itself is left out.
  private func allocated(_ work: () -> Void) throws -> Int {
    func total(_ work: () -> Void) throws -> Int {
      let before = Allocator.allocatedByThisThread()
      work()
      let after = Allocator.allocatedByThisThread()
      return Int(try #require(after)) - Int(try #require(before))
    }
    return try total(work) - total {}
  }

  @Test(.enabled(if: Allocator.version != nil, "jemalloc is not linked"))
  func aBlockAllocatesNothing() throws {
    let dataset = sample(9_000)
    let rows = arrivals(dataset)
    let encoder = BlockEncoder(dataset)
    func block(of count: Int) throws -> Int {
      var rest = rows[..<count]
      return try allocated { _ = encoder.encode(&rest) }
    }
    _ = try block(of: 4_096)
    #expect(try block(of: 4_096) == 0)
    #expect(try block(of: 64) == 0)
  }

  @Test(.enabled(if: Allocator.version != nil, "jemalloc is not linked"))
  func arrivalsAllocateNothing() throws {
    var arrivals = Arrivals(sample(60_000))
    var rows: [RowID] = []
    for _ in 0..<8 { arrivals.next(into: &rows, limit: 4_096) }
    let bytes = try allocated {
      for _ in 0..<8 { arrivals.next(into: &rows, limit: 4_096) }
    }
    #expect(bytes == 0, "\(bytes) bytes for \(8 * 4_096) rows")
  }
}
