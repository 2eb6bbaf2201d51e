// The colours of charts. Specifications have those of a light page; in our page each becomes a
// variable of the style sheet, so that one drawing serves light, dark and paper.

/// Colours by their part.
enum Palette {
  static let ink = "#1c2126"
  static let faint = "#59636e"
  static let axis = "#8c959f"
  static let grid = "#e3e7eb"
  static let paper = "#fefefe"
  /// Told apart with any of the common kinds of colour blindness (after Okabe and Ito, darkened
  /// until each has a contrast of 3 to 1 with white at least). Shapes and names say the same.
  package static let series = [
    "#0068a8", "#c84e00", "#007d5c", "#a8508f", "#8a6d00", "#4b5563",
  ]
  package static let shapes = [
    "circle", "square", "diamond", "triangle-up", "cross", "triangle-down",
  ]

  /// Each colour and the variable that stands for it in the style sheet.
  package static let variables: [(colour: String, name: String)] =
    [
      (ink, "ink"), (faint, "faint"), (axis, "axis"), (grid, "grid"), (paper, "paper"),
    ] + series.enumerated().map { ($1, "series-\($0 + 1)") }

  /// The `scale` that gives each of these names its colour.
  package static func colours(_ names: [String]) -> JSON { scale(names, series) }

  /// The `scale` that gives each of these names its shape.
  package static func shapes(_ names: [String]) -> JSON { scale(names, shapes) }

  private static func scale(_ names: [String], _ range: [String]) -> JSON {
    [
      "domain": .array(names.map(JSON.string)),
      "range": .array(names.indices.map { .string(range[$0 % range.count]) }),
    ]
  }

  /// What every specification has as its `config`.
  package static let configuration: JSON = [
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
