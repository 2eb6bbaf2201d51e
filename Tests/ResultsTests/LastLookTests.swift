// What was recorded twice, because a crash came between two rows, counts once.

import Testing
@testable import Analysis
@testable import RunStore

@Suite struct LastLookTests {
  @Test func aCheckThatWasMadeAgainCountsOnce() {
    var first = DifferenceSample()
    (first.mergeState, first.path, first.window) = ("fresh", "a", "1d")
    (first.shape, first.kind, first.ids) = ("tied", .otherVersion, 4)
    var again = first
    again.ids = 5
    var other = first
    other.kind = .doubled
    #expect(last([first, other, again], by: \.place) == [other, again])
  }

  @Test func aColumnThatWasLookedAtTwiceCountsOnce() {
    var first = ColumnSample()
    (first.mergeState, first.table, first.column, first.compressedBytes) = ("live", "t", "id", 1)
    var again = first
    again.compressedBytes = 2
    var other = first
    other.mergeState = "merged"
    #expect(last([first, again, other], by: \.place) == [again, other])
  }
}
