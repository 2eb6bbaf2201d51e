// Row identifier: observation number and version number.

/// Determines, with the dataset, every byte of the row.
package struct RowID: Hashable, Sendable {
  private let bits: UInt64

  /// `observation` counts from 0 in the order of `start_time`, `version` from 1.
  @inline(__always)
  package init(observation: Int, version: Int) {
    bits = UInt64(truncatingIfNeeded: observation) << 16 | UInt64(truncatingIfNeeded: version)
  }

  /// From 0.
  @inline(__always)
  package var observation: Int { Int(truncatingIfNeeded: bits >> 16) }
  /// From 1.
  @inline(__always)
  package var version: Int { Int(truncatingIfNeeded: bits & 0xffff) }
}

extension RowID: Comparable, CustomStringConvertible {
  /// By observation, then by version.
  @inline(__always)
  package static func < (left: RowID, right: RowID) -> Bool { left.bits < right.bits }

  package var description: String { "\(observation) v\(version)" }
}
