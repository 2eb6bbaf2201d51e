// Sums of optional values.

/// Nil if a value is missing, or if there is none.
package func total<Number: AdditiveArithmetic>(_ values: [Number?]) -> Number? {
  let known = values.compactMap(\.self)
  return known.count == values.count && !known.isEmpty ? known.reduce(.zero, +) : nil
}
