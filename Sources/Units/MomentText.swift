// Moments as text: for people, for a DateTime64 parameter, and for records.

import Foundation

/// A moment, in milliseconds since 1970, as people and `--from` write it, in UTC.
package func moment(_ milliseconds: Int64) -> String {
  // Half a millisecond more, because the format cuts off what a binary fraction falls short of.
  let date = Date(timeIntervalSince1970: (Double(milliseconds) + 0.5) / 1000)
  return date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
}

/// A moment as `DateTime64(3)` reads it, in whatever time zone the server is: seconds since 1970
/// with three decimals. ClickHouse reads four digits as a year, hence the zeros.
///
/// - Parameter milliseconds: since 1970, not negative.
/// - Returns: such as `1788220800.050`.
package func epochSeconds(_ milliseconds: Int64) -> String {
  func padded(_ number: Int64, _ count: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, count - digits.count)) + digits
  }
  let seconds = milliseconds / 1000
  return padded(seconds, (1000...9999).contains(seconds) ? 10 : 1) + "."
    + padded(milliseconds % 1000, 3)
}

/// Now, as ISO 8601 in UTC with milliseconds.
package func timestamp() -> String {
  Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
}
