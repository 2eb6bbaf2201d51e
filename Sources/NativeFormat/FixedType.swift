// Fixed-width ClickHouse types, each bound to a Swift integer.

/// `T` is the Swift type of a value.
public struct FixedType<T: FixedWidthInteger & BitwiseCopyable & Sendable>: Sendable {
  public let name: String

  init(_ name: String) { self.name = name }
}

extension FixedType<UInt8> {
  /// Also for Booleans.
  public static var uint8: Self { Self("UInt8") }
}

extension FixedType<UInt16> {
  public static var uint16: Self { Self("UInt16") }
}

extension FixedType<UInt64> {
  public static var uint64: Self { Self("UInt64") }
}

extension FixedType<Int64> {
  public static var int64: Self { Self("Int64") }

  /// `DateTime64(3)`: milliseconds since 1970 in UTC.
  public static var milliseconds: Self { Self("DateTime64(3)") }

  /// `Decimal(18, scale)`, which is `Decimal64(scale)`: the value times 10^`scale`.
  public static func decimal64(scale: Int) -> Self {
    precondition((0...18).contains(scale), "Decimal64 has at most 18 decimals")
    return Self("Decimal(18, \(scale))")
  }
}
