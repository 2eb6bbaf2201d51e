// Stacked bars for the composition of a whole. Values of 0 or below are not drawn.

struct BarChart {
  let points: [ChartPoint]
  let scale: ChartScale
  /// Label at the end of each bar: the whole, by panel and name.
  var wholes: [ChartPoint] = []
  /// Each panel has its own scale, in bytes.
  var isIndependent = false

  private static let rowHeight = 30

  func specification(_ canvas: Canvas) -> JSON {
    isIndependent ? apart(canvas) : together(canvas)
  }

  /// Panels with separate scales, one below the other.
  private func apart(_ canvas: Canvas) -> JSON {
    let panels = points.groups.map { group -> JSON in
      let here = points.filter { $0.group == group }
      let ends = wholes.filter { $0.group == group }
      let most = (here + ends).compactMap(\.median).max() ?? 1
      let title: JSON = [
        "text": .string(group), "anchor": "start", "fontSize": 12, "color": .string(Palette.ink),
      ]
      return BarChart(points: here, scale: ChartScale(upTo: most, unit: .bytes), wholes: ends)
        .together(canvas).with(["title": title, "padding": nil])
    }
    let padding: JSON = ["left": 24, "top": 5, "bottom": 5, "right": 24]
    return ["padding": padding, "vconcat": .array(panels), "spacing": 12]
  }

  private func together(_ canvas: Canvas) -> JSON {
    let names = points.names
    let series = points.seriesNames
    let isWide = canvas == .wide
    let labelWidth = 14 + 8 * min(isWide ? 34 : 14, names.map(\.count).max() ?? 0)
    let y: JSON = [
      "field": "name", "type": "nominal", "sort": .array(names.map(JSON.string)),
      "axis": [
        "title": nil, "ticks": false, "domain": false, "labelPadding": 8,
        "labelLimit": .init(labelWidth),
      ],
      "scale": ["paddingInner": 0.3, "paddingOuter": 0.2],
    ]
    let x: JSON = [
      "field": "median", "type": "quantitative", "scale": scale.scale,
      "axis": scale.axis.with(["grid": true]),
    ]
    let bars: JSON = [
      "transform": [["filter": "datum.median > 0"]],
      "mark": ["type": "bar", "stroke": .string(Palette.paper), "strokeWidth": 1.5],
      "encoding": [
        "y": y, "x": x.with(["stack": "zero"]),
        "order": ["field": "order", "type": "quantitative"],
        "color": [
          "field": "series", "type": "nominal", "scale": Palette.colours(series),
          "legend": series.count > 1
            ? ["orient": "top", "columns": isWide ? 4 : 2, "columnPadding": 20] : nil,
        ],
      ],
    ]
    let ends: JSON = [
      "transform": [["filter": "datum.end != null"]],
      "mark": ["type": "text", "align": "left", "dx": 6],
      "encoding": ["y": y, "x": x.with(["field": "end"]), "text": ["field": "label"]],
    ]
    return Panels(
      width: canvas.width - labelWidth - 120, groups: points.groups
    ).specification(data: data(series), layers: [bars, ends], step: Self.rowHeight)
  }

  /// Segments, and the end of each bar, which exceeds the whole if a segment is negative.
  private func data(_ series: [String]) -> JSON {
    let parts = points.map { point in
      point.json(x: nil).with(["order": JSON(series.firstIndex(of: point.series) ?? 0)])
    }
    let ends = wholes.map { whole -> JSON in
      let end = points.filter { $0.group == whole.group && $0.name == whole.name }
        .compactMap(\.median).filter { $0 > 0 }.reduce(0, +)
      return [
        "group": .string(whole.group), "name": .string(whole.name), "end": .number(end),
        "label": .string(whole.label),
      ]
    }
    return ["values": .array(parts + ends)]
  }
}
