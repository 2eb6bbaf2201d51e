// Colours of charts. Specifications use those of the light theme; the page replaces each by a CSS
// variable for light, dark and print.

enum Palette {
  static let ink = "#1c2126"
  static let faint = "#59636e"
  static let axis = "#8c959f"
  static let grid = "#e3e7eb"
  static let paper = "#fefefe"
  /// Distinguishable with common colour blindness (after Okabe and Ito, darkened to a contrast of
  /// at least 3:1 with white). Shapes repeat the information.
  static let series = [
    "#0068a8", "#c84e00", "#007d5c", "#a8508f", "#8a6d00", "#4b5563",
  ]
  static let shapes = [
    "circle", "square", "diamond", "triangle-up", "cross", "triangle-down",
  ]

  /// CSS variable of each colour.
  static let variables: [(colour: String, name: String)] =
    [
      (ink, "ink"), (faint, "faint"), (axis, "axis"), (grid, "grid"), (paper, "paper"),
    ] + series.enumerated().map { ($1, "series-\($0 + 1)") }

  static func colours(_ names: [String]) -> JSON { scale(names, series) }

  static func shapes(_ names: [String]) -> JSON { scale(names, shapes) }

  private static func scale(_ names: [String], _ range: [String]) -> JSON {
    [
      "domain": .array(names.map(JSON.string)),
      "range": .array(names.indices.map { .string(range[$0 % range.count]) }),
    ]
  }

  /// The `config` of all specifications.
  static let configuration: JSON = [
    "aria": false, "font": "sans-serif", "view": ["stroke": nil],
    "axis": [
      "labelColor": .string(faint), "titleColor": .string(faint), "gridColor": .string(grid),
      "domainColor": .string(axis), "tickColor": .string(axis), "labelFontSize": 12,
      "titleFontSize": 12, "titleFontWeight": "normal", "labelLimit": 240,
    ],
    "header": ["labelColor": .string(ink), "labelFontSize": 12, "labelFontWeight": "bold"],
    "legend": [
      "labelColor": .string(ink), "labelFontSize": 12, "title": nil, "labelLimit": 280,
      "symbolSize": 70,
    ],
    "text": ["fontSize": 12, "color": .string(ink)],
  ]
}
