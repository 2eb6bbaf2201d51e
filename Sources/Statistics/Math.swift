// C library functions used by statistics.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

package enum Math {
  package static func log(_ value: Double) -> Double { _log(value) }
  package static func exp(_ value: Double) -> Double { _exp(value) }
  static func pow(_ base: Double, _ exponent: Double) -> Double { _pow(base, exponent) }
  /// The fraction of a normal distribution beyond ± `deviations` standard deviations.
  static func bothTails(_ deviations: Double) -> Double {
    _erfc(abs(deviations) / 2.0.squareRoot())
  }
}

private func _log(_ value: Double) -> Double { log(value) }
private func _exp(_ value: Double) -> Double { exp(value) }
private func _pow(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
private func _erfc(_ value: Double) -> Double { erfc(value) }
