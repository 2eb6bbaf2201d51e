// Line chart over time or count: a line per side, a panel with its own scale per measure.

import CSVRecords

struct TimeChart {
  let points: [ChartPoint]
  let xTitle: String
  let units: [String: FigureUnit]

  private static let height = 84

  /// Panels are concatenated, because each has an axis in its own unit.
  func specification(_ canvas: Canvas) -> JSON {
    let groups = points.groups
    let names = points.names
    let panels: [JSON] = groups.map { group in
      let here = points.filter { $0.group == group }
      let most = here.compactMap(\.median).max() ?? 1
      let scale = ChartScale(upTo: most > 0 ? most : 1, unit: units[group])
      let legend: JSON =
        group == groups.first ? ["orient": "top", "columns": 2, "columnPadding": 30] : nil
      return [
        "title": [
          "text": .string(group), "anchor": "start", "fontSize": 12, "offset": 4,
          "color": .string(Palette.ink),
        ],
        "width": .init(canvas.width - 110), "height": .init(Self.height),
        "data": ["values": .array(here.map { $0.json(x: "x") })],
        "mark": ["type": "line", "strokeWidth": 1.5, "interpolate": "linear"],
        "encoding": [
          "x": [
            "field": "x", "type": "quantitative", "scale": ["nice": false, "zero": false],
            "axis": [
              "title": group == groups.last ? .string(xTitle) : nil, "grid": false,
              "tickMinStep": 1, "format": "~g",
            ],
          ],
          "y": [
            "field": "median", "type": "quantitative", "scale": scale.scale,
            "axis": scale.axis.with(["grid": true]),
          ],
          "color": [
            "field": "name", "type": "nominal", "scale": Palette.colours(names), "legend": legend,
          ],
          "strokeDash": [
            "field": "name", "type": "nominal", "legend": legend,
            "scale": [
              "domain": .array(names.map(JSON.string)),
              "range": [[1, 0], [5, 3], [2, 2], [8, 3], [8, 3, 2, 3], [1, 3]],
            ],
          ],
        ],
      ]
    }
    return [
      "padding": ["left": 16, "top": 5, "bottom": 5, "right": 16], "vconcat": .array(panels),
      "spacing": 10,
    ]
  }
}
