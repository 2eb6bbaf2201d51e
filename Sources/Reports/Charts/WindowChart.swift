// Line chart over windows with intervals, for few paths and several windows.

import Analysis
import Units

struct WindowChart {
  let points: [ChartPoint]
  /// All paths of the run, so that a path keeps its colour in all charts.
  let paths: [String]
  let windows: [(name: String, ms: Double)]
  let scale: ChartScale
  var references: [ChartReference] = []
  var crossovers: [Crossover] = []

  static let mostPaths = 6

  private static let height = 260
  private static let leastGap = 15.0

  func specification(_ canvas: Canvas) -> JSON {
    let names = points.names
    let isDirect = canvas == .wide
    let legend: JSON = ["orient": "top", "columns": 1, "values": .array(names.map(JSON.string))]
    let colour: JSON = [
      "field": "name", "type": "nominal", "scale": Palette.colours(coloured(names)),
      "legend": isDirect ? nil : legend,
    ]
    let shape: JSON = [
      "field": "name", "type": "nominal", "scale": Palette.shapes(coloured(names)),
      "legend": isDirect ? nil : legend,
    ]
    let y: JSON = [
      "field": "median", "type": "quantitative", "scale": scale.scale,
      "axis": scale.axis.with(["grid": true]),
    ]
    let marks: [JSON] = [
      [
        "mark": ["type": "line", "strokeWidth": 2],
        "encoding": ["x": x, "y": y, "color": colour],
      ],
      [
        "mark": ["type": "rule", "strokeWidth": 2],
        "encoding": [
          "x": x, "y": y.with(["field": "low"]), "y2": ["field": "high"], "color": colour,
        ],
      ],
      [
        "mark": ["type": "point", "filled": true, "opacity": 1, "size": 70],
        "encoding": ["x": x, "y": y, "color": colour, "shape": shape],
      ],
    ]
    return [
      "width": .init(canvas.width), "height": .init(Self.height),
      "autosize": ["type": "fit", "contains": "padding"],
      // Fonts of readers may be wider than the renderer's.
      "padding": ["left": 10, "top": 8, "bottom": 5, "right": isDirect ? 40 : 10],
      "data": points.data(x: "window_ms"),
      "layer": .array(
        crossings + referenceMarks + marks + (isDirect ? labels(names) : [])),
    ]
  }

  private func coloured(_ names: [String]) -> [String] {
    paths + names.filter { !paths.contains($0) }
  }

  private var x: JSON {
    let names = windows.map { "\(JSON(Int($0.ms)).line): \(JSON.quoted($0.name))" }
    return [
      "field": "window_ms", "type": "quantitative",
      "scale": [
        "type": "log", "nice": false,
        "domain": [
          .number((windows.first?.ms ?? 1) / 1.15), .number((windows.last?.ms ?? 2) * 1.15),
        ],
      ],
      "axis": [
        "values": .array(windows.map { .number($0.ms) }), "title": "window", "grid": false,
        "labelExpr": .string("({" + names.joined(separator: ", ") + "})[datum.value]"),
      ],
    ]
  }

  /// Names at the last points, moved apart if they would overlap.
  private func labels(_ names: [String]) -> [JSON] {
    let ends = names.compactMap { name in
      points.last { $0.name == name && $0.median != nil }
    }
    let heights = ends.map { (1 - scale.position($0.median ?? 0)) * Double(Self.height) }
    var placed = heights
    var last = -Double.infinity
    for place in heights.indices.sorted(by: { heights[$0] < heights[$1] }) {
      placed[place] = max(heights[place], last + Self.leastGap)
      last = placed[place]
    }
    return ends.indices.map { place in
      [
        "data": ["values": [ends[place].json(x: "window_ms")]],
        "mark": [
          "type": "text", "align": "left", "dx": 10,
          "dy": .number((placed[place] - heights[place]).rounded()),
        ],
        "encoding": [
          "x": x, "y": ["field": "median", "type": "quantitative", "scale": scale.scale],
          "text": ["field": "name"],
          "color": [
            "field": "name", "type": "nominal", "scale": Palette.colours(coloured(names)),
            "legend": nil,
          ],
        ],
      ]
    }
  }

  private var referenceMarks: [JSON] {
    references.filter { $0.value >= scale.domain.low && $0.value <= scale.domain.high }
      .flatMap { reference -> [JSON] in
        let data: JSON = [
          "values": [["value": .number(reference.value), "label": .string(reference.label)]]
        ]
        let y: JSON = ["field": "value", "type": "quantitative", "scale": scale.scale]
        return [
          [
            "data": data,
            "mark": ChartReference.rule,
            "encoding": ["y": y],
          ],
          [
            "data": data,
            "mark": [
              "type": "text", "align": "left", "baseline": "bottom", "dy": -4, "dx": 4,
              "fontSize": 11, "color": .string(Palette.faint),
            ],
            "encoding": ["y": y, "x": ["value": 0], "text": ["field": "label"]],
          ],
        ]
      }
  }

  /// A line where a ratio crosses 1, on a band for its interval.
  private var crossings: [JSON] {
    crossovers.filter { $0.windowMs != nil }.flatMap { row -> [JSON] in
      let data: JSON = [
        "values": [
          [
            "low": .number(row.lowMs ?? Double(row.firstMs)), "window_ms": JSON(row.windowMs),
            "high": .number(row.highMs ?? Double(row.lastMs)),
            "label": .string("equal at \(Self.span(row.windowMs ?? 0))"),
          ]
        ]
      ]
      return [
        [
          "data": data,
          "mark": ["type": "rect", "opacity": 0.16, "color": .string(Palette.axis)],
          "encoding": ["x": x.with(["field": "low"]), "x2": ["field": "high"]],
        ],
        [
          "data": data,
          "mark": ["type": "rule", "color": .string(Palette.axis), "strokeWidth": 1.5],
          "encoding": ["x": x],
        ],
        [
          "data": data,
          "mark": [
            "type": "text", "align": "left", "baseline": "top", "dx": 5, "dy": 3, "fontSize": 11,
            "color": .string(Palette.faint),
          ],
          "encoding": ["x": x, "y": ["value": 0], "text": ["field": "label"]],
        ],
      ]
    }
  }

  /// Two or three digits: `5.3d`.
  static func span(_ milliseconds: Double) -> String {
    for (unit, size) in [("d", 86_400_000.0), ("h", 3_600_000), ("m", 60_000)]
    where milliseconds >= size {
      let value = milliseconds / size
      return (value < 9.95 && value != value.rounded() ? fixed(value, 1) : fixed(value, 0)) + unit
    }
    return fixed(milliseconds / 1000, 1) + "s"
  }
}
