// Fields of figures: medians, intervals and ratios from rows of summary.csv.

import Analysis
import Units

extension Field {
  /// The median of a row in its unit; a dash where nothing was measured.
  package static func figure(_ row: SummaryRow?) -> Field {
    guard let row, let median = row.median else {
      if row?.isWrong == true { return WrongRows.field }
      guard let row, row.failed > 0 else { return Field("–", .faint) }
      return Field("failed", .bad)
    }
    return Field(row.unit.text(median), row: row)
  }

  /// `±2 %`; empty without an interval, and without a spread.
  package static func noise(_ row: SummaryRow?) -> Field {
    guard let noise = row?.noise, noise > 0 else { return Field() }
    let percent = noise * 100
    let text = percent < 0.95 ? "<1" : percent < 999.5 ? fixed(percent, 0) : ">999"
    return Field("±\(text) %", percent >= 20 ? .warning : .faint)
  }

  /// A ratio with its interval, and a mark: whether the paths differ, or why that is not known.
  package static func ratio(_ row: SummaryRow?) -> Field {
    var field = unlinkedRatio(row)
    if row?.median != nil { field.row = row }
    return field
  }

  private static func unlinkedRatio(_ row: SummaryRow?) -> Field {
    guard let row, let median = row.median else { return Field("–", .faint) }
    guard let interval = row.interval else { return Field("  " + significant(median)) }
    // Where every pair says the same, as of the rows that a plan reads, the ends say nothing more.
    let isCount = interval.low == interval.high
    let text = significant(median) + (isCount ? "" : " \(interval.text)")
    if row.isUnstable { return Field("~ " + text, .warning) }
    switch row.difference {
    case .less: return Field("↓ " + text, .good)
    case .more: return Field("↑ " + text, .bad)
    case .none: return Field((isCount ? "= " : "≈ ") + text, .faint)
    case .tooFew: return Field("  " + text)
    }
  }

  /// A ratio without its interval, which still decides the arrow.
  static func briefRatio(_ row: SummaryRow?) -> Field {
    var field = ratio(row)
    if let start = field.text.firstIndex(of: "[") {
      field.text = String(field.text[..<start]).trimmingTrailingSpaces
    }
    return field
  }
}
