// Days, months and years in UTC for years from 1970 (Howard Hinnant's `civil_from_days`).

import Units

package let dayMs: Int64 = 86_400_000

package struct Month {
  package let year: Int
  /// From 1.
  package let month: Int

  package init(year: Int, month: Int) {
    self.year = year
    self.month = month
  }

  /// The month of a time in milliseconds since 1970.
  package init(of time: Int64) {
    let shifted = Int((time < 0 ? time - dayMs + 1 : time) / dayMs) + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let fromMarch = (5 * dayOfYear + 2) / 153
    month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  package var next: Month {
    month == 12 ? Month(year: year + 1, month: 1) : Month(year: year, month: month + 1)
  }

  /// Days from 1970-01-01 to its first day.
  package var firstDay: Int { daysSince1970(year, month, 1) }

  /// In milliseconds since 1970.
  package var start: Int64 { Int64(firstDay) * dayMs }
}
