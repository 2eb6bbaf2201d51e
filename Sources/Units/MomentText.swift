// Formats points in time: ISO 8601, a DateTime64 parameter, record timestamps.

import Foundation

/// Milliseconds since 1970 as UTC text, in the form that `--from` takes.
package func moment(_ milliseconds: Int64) -> String {
  // Adds half a millisecond, because the format truncates.
  let date = Date(timeIntervalSince1970: (Double(milliseconds) + 0.5) / 1000)
  return date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
}

/// Seconds since 1970 with three decimals, such as `1788220800.050`: `DateTime64(3)` reads them in
/// any server time zone. Padded with zeros, because ClickHouse reads four digits as a year.
/// `milliseconds` is not negative.
package func epochSeconds(_ milliseconds: Int64) -> String {
  let seconds = milliseconds / 1000
  return zeroFilled(seconds, (1000...9999).contains(seconds) ? 10 : 1) + "."
    + zeroFilled(milliseconds % 1000, 3)
}

/// Now, as ISO 8601 in UTC with milliseconds.
package func timestamp() -> String {
  Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
}
