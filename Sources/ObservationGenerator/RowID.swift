// The name of a row: which observation, and which version of it.

/// One row of a dataset. Its every byte follows from it and the dataset.
package struct RowID: Hashable, Sendable {
  private let bits: UInt64

  /// Names a row. `observation` counts from 0 in the order of `start_time`, `version` from 1.
  @inline(__always)
  package init(observation: Int, version: Int) {
    bits = UInt64(truncatingIfNeeded: observation) << 16 | UInt64(truncatingIfNeeded: version)
  }

  /// The observation's number, from 0.
  @inline(__always)
  package var observation: Int { Int(truncatingIfNeeded: bits >> 16) }
  /// The version's number, from 1.
  @inline(__always)
  package var version: Int { Int(truncatingIfNeeded: bits & 0xffff) }
}

extension RowID: Comparable, CustomStringConvertible {
  /// By observation, then by version.
  @inline(__always)
  package static func < (left: RowID, right: RowID) -> Bool { left.bits < right.bits }

  /// `17 v2`.
  package var description: String { "\(observation) v\(version)" }
}
