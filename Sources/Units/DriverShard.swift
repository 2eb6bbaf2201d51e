// Driver shard: the share of one driver among several, `2/8`.

package struct DriverShard: Sendable, Hashable, Codable, CustomStringConvertible {
  /// From 1.
  package let number: Int
  package let count: Int

  /// Reads `2/8`.
  ///
  /// - Throws: ``UnitError`` for anything else, such as `0/8` and `9/8`.
  package init(parsing text: String) throws(UnitError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let number = parts[0], let count = parts[1],
      let driver = DriverShard(number, of: count)
    else {
      throw UnitError(
        "'\(text)' is not a share; write 2/8 for the second of eight drivers")
    }
    self = driver
  }

  /// Nil if the number is out of range, such as `9/8`.
  package init?(_ number: Int, of count: Int) {
    guard (1...1000).contains(count), (1...count).contains(number) else { return nil }
    (self.number, self.count) = (number, count)
  }

  package var isFirst: Bool { number == 1 }

  /// Whether this shard has a piece, numbered from 1. A shard has every `count`-th piece, so that
  /// shards spread over the whole.
  package func holds(_ piece: Int) -> Bool { (piece - 1) % count == number - 1 }

  package var description: String { "\(number)/\(count)" }
}
