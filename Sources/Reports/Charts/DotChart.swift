// Dot plot with intervals and a row per name, also for several runs side by side.

struct DotChart {
  let points: [ChartPoint]
  let scale: ChartScale
  var references: [ChartReference] = []

  private static let rowHeight = 26
  private static let seriesHeight = 20

  func specification(_ canvas: Canvas) -> JSON {
    let names = points.names
    let isWide = canvas == .wide
    let labelWidth = isWide ? 14 + 8 * min(34, names.map(\.count).max() ?? 0) : 0
    let series = points.seriesNames
    let hasSeries = series != [""]
    // With several series, a step is the height of one of them.
    let rowHeight = hasSeries ? Self.seriesHeight : Self.rowHeight * (isWide ? 1 : 2)
    let y: JSON = [
      "field": "name", "type": "nominal", "sort": .array(names.map(JSON.string)),
      "axis": isWide
        ? ["title": nil, "ticks": false, "domain": false, "labelPadding": 8, "grid": false] : nil,
      "scale": ["paddingInner": hasSeries && !isWide ? 0.4 : 0.25, "paddingOuter": 0.2],
    ]
    let x: JSON = [
      "field": "median", "type": "quantitative", "scale": scale.scale,
      "axis": scale.axis.with(["grid": true]),
    ]
    let tone = tone(series, canvas)
    let offset: JSON =
      hasSeries
      ? [
        "yOffset": [
          "field": "series", "type": "nominal",
          "scale": ["domain": .array(series.map(JSON.string))],
        ]
      ] : [:]
    let marks: [JSON] = [
      [
        "mark": ["type": "rule", "strokeWidth": 2],
        "encoding": JSON.object([]).with([
          "y": y, "x": x.with(["field": "low"]), "x2": ["field": "high"],
        ]).with(offset).with(tone.colour),
      ],
      [
        "mark": ["type": "point", "filled": true, "opacity": 1, "size": 75],
        "encoding": JSON.object([]).with(["y": y, "x": x]).with(offset).with(tone.colour)
          .with(tone.shape),
      ],
      [
        "mark": ["type": "text", "align": "left", "dx": 9],
        "encoding": JSON.object([]).with([
          "y": y, "x": x.with(["field": "end"]), "text": ["field": "label"],
        ]).with(offset),
      ],
    ]
    let layers =
      Self.referenceMarks(references, scale) + marks + (isWide ? [] : [heading(y, series.count)])
    return Panels(
      width: canvas.width - labelWidth - (isWide ? 130 : 110), groups: points.groups
    ).specification(
      data: points.data(), transform: [["calculate": "datum.high || datum.median", "as": "end"]],
      layers: layers, step: rowHeight)
  }

  private func tone(_ series: [String], _ canvas: Canvas) -> (colour: JSON, shape: JSON) {
    guard series != [""] else {
      return (["color": ["value": .string(Palette.series[0])]], [:])
    }
    let legend: JSON = [
      "orient": "top", "columns": canvas == .wide ? 4 : 1, "columnPadding": 30,
    ]
    func channel(_ scale: JSON) -> JSON {
      ["field": "series", "type": "nominal", "scale": scale, "legend": legend]
    }
    return (
      ["color": channel(Palette.colours(series))], ["shape": channel(Palette.shapes(series))]
    )
  }

  /// A phone has no space for names beside the dots; they are above them.
  private func heading(_ y: JSON, _ series: Int) -> JSON {
    let rise = series > 1 ? 6 + series * Self.seriesHeight / 2 : 15
    return [
      "mark": [
        "type": "text", "align": "left", "dy": JSON(-rise), "fontSize": 11,
        "color": .string(Palette.faint),
      ],
      "encoding": ["y": y, "x": ["value": 0], "text": ["field": "name"]],
    ]
  }

  static func referenceMarks(_ references: [ChartReference], _ scale: ChartScale) -> [JSON] {
    references.filter { $0.value >= scale.domain.low && $0.value <= scale.domain.high }
      .map { reference in
        [
          "data": ["values": [["value": .number(reference.value)]]],
          "mark": ChartReference.rule,
          "encoding": ["x": ["field": "value", "type": "quantitative", "scale": scale.scale]],
        ]
      }
  }
}

/// Layers once, or once for each group, stacked.
struct Panels {
  let width: Int
  let groups: [String]

  /// - Parameter step: height of a row, in pixels.
  func specification(data: JSON, transform: [JSON] = [], layers: [JSON], step: Int) -> JSON {
    // Fonts of readers may be wider than the renderer's.
    let padding: JSON = ["padding": ["left": 40, "top": 5, "bottom": 5, "right": 24]]
    let size: JSON = ["width": JSON(width), "height": ["step": JSON(step)]]
    let steps: JSON = transform.isEmpty ? [:] : ["transform": .array(transform)]
    let head = padding.with(["data": data]).with(steps)
    guard groups.count > 1 else { return head.with(size).with(["layer": .array(layers)]) }
    return head.with([
      "facet": [
        "row": [
          "field": "group", "type": "nominal", "sort": .array(groups.map(JSON.string)),
          "header": [
            "title": nil, "labelAngle": 0, "labelAlign": "left", "labelOrient": "top",
            "labelAnchor": "start",
          ],
        ]
      ],
      "spec": size.with(["layer": .array(layers)]),
      "spacing": 14,
      "resolve": ["scale": ["y": "independent"]],
    ])
  }
}
