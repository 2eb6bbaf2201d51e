// Sums of figures some of which were not measured.

/// The sum; nil if one of its parts is not known, or if there is none.
package func total<Number: AdditiveArithmetic>(_ values: [Number?]) -> Number? {
  let known = values.compactMap(\.self)
  return known.count == values.count && !known.isEmpty ? known.reduce(.zero, +) : nil
}
