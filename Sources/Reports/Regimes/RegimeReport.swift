// What runs say of regimes: a table by the share of merged bytes, and one chart of all cells.

import CapacityModel
import CSVRecords
import Units

extension RegimeFindings: Reportable {
  package var report: ReportModel {
    ReportModel(
      title: "exportbench regimes",
      facts: [
        ("runs", runs.joined(separator: ", ")),
        ("ClickHouse", engines.joined(separator: ", ")),
        ("question", "in which cells does \(subject) need less memory than \(baseline)?"),
        ("answer", answer),
      ],
      warnings: [], tables: [bands] + (listsCells ? [cells] : []), footnotes: Self.terms)
  }

  private static let terms = [
    "merged at once: a granule of each part for each thread, or the month where that is less; "
      + "window: uncompressed bytes of its rows; month: uncompressed bytes that the path read; "
      + "bounded: the month is larger than threads × parts × granule."
  ]

  private var answer: String {
    let below = lessUpTo.map { limit in
      let count = regimes.count { $0.mergedShare <= limit }
      return "less in \(Self.all(count)) that merge at most \(significant(limit)) bytes at once "
        + "for a byte of the window"
    }
    let above = moreFrom.map { limit in
      let count = regimes.count { $0.mergedShare >= limit }
      return "more in \(Self.all(count)) that merge at least \(significant(limit))"
    }
    let parts = [below, above].compactMap(\.self)
    return parts.isEmpty ? "no size separates the cells" : parts.joined(separator: "; ")
  }

  private var bands: Table {
    var table = Table(
      title: "By bytes merged at once for a byte of the window",
      headings: [
        .text("merged / window"), .number("cells"), .number("bounded"), .number("needs less"),
        .number("needs more"), .number("median ratio"), .text("from – to"),
      ])
    for band in regimes.runs(by: \.band) {
      let ratios = band.map(\.ratio).sorted()
      let low = band[0].band
      table.rows.append([
        Field("\(significant(low)) – \(significant(low * 2))", .strong), Field("\(band.count)"),
        Field("\(band.count(where: \.isBounded))"),
        Field("\(band.count(where: \.needsLess))"), Field("\(band.count(where: \.needsMore))"),
        Field(significant(ratios[ratios.count / 2])),
        Field("\(significant(ratios[0])) – \(significant(ratios[ratios.count - 1]))"),
      ])
    }
    table.remark("needs less, needs more: the interval of the ratio lies below or above 1")
    return table
  }

  private var cells: Table {
    var table = Table(
      title: "Cells",
      headings: [
        .text("run", drop: 1), .text("merge state"), .text("window"), .number("threads"),
        .number("parts"), .number("window bytes", drop: 0), .number("month", drop: 3),
        .number("t × p × granule", drop: 2), .number("merged / window"), .text("ratio"),
      ])
    table.rows = regimes.map { one in
      [
        Field(one.run), Field(one.mergeState), Field(one.window), Field(significant(one.threads)),
        Field(significant(one.parts)), Field(Self.bytes(one.windowBytes)),
        Field(Self.bytes(one.monthBytes)), Field(Self.bytes(one.reachBytes)),
        Field(significant(one.mergedShare)),
        Field(
          significant(one.ratio) + (one.interval.map { " \($0.text)" } ?? ""),
          one.needsLess ? .good : .plain),
      ]
    }
    return table
  }

  private static func all(_ count: Int) -> String {
    count == 1 ? "the one cell" : "all \(count) cells"
  }

  private static func bytes(_ value: Double) -> String { ByteCount(whole(value)).description }
}

extension Regime {
  /// The largest power of two up to the share of merged bytes.
  fileprivate var band: Double {
    var low = 1.0
    while low > mergedShare, low > 1e-9 { low /= 2 }
    while low * 2 <= mergedShare { low *= 2 }
    return low
  }
}

extension RegimeFindings {
  /// All cells: the ratio over the bytes merged at once for a byte of the window.
  package var chart: Chart {
    let points = regimes.map { one in
      JSON.object([]).with([
        "x": .number(one.mergedShare), "y": .number(one.ratio),
        "low": JSON(one.ratioLow), "high": JSON(one.ratioHigh),
        "regime": .string(one.isBounded ? Self.bounded : Self.wholeMonth),
      ])
    }
    return Chart(
      "regimes", .other, "\(subject): memory as a multiple of \(baseline)",
      "Each point is a measured cell; \(answer).", table: bands
    ) { canvas in
      let x = ChartScale(logarithmic: regimes.map(\.mergedShare), unit: nil)
      let y = ChartScale(
        logarithmic: regimes.flatMap { [$0.ratio, $0.ratioLow, $0.ratioHigh].compactMap(\.self) }
          + [1], unit: nil)
      guard let x, let y else { return [:] }
      func channel(_ field: String, _ scale: ChartScale, _ title: String) -> JSON {
        [
          "field": .string(field), "type": "quantitative", "scale": scale.scale,
          "axis": scale.axis.with(["grid": true, "title": .string(title)]),
        ]
      }
      let names = [Self.wholeMonth, Self.bounded]
      let legend: JSON = ["orient": "top", "columns": canvas == .wide ? 2 : 1, "columnPadding": 30]
      let across = channel("x", x, "bytes that FINAL merges at once, for each byte of the window")
      let up = channel("y", y, "ratio of peak memory")
      let colour: JSON = [
        "field": "regime", "type": "nominal", "scale": Palette.colours(names), "legend": legend,
      ]
      let shape: JSON = [
        "field": "regime", "type": "nominal", "scale": Palette.shapes(names), "legend": legend,
      ]
      return [
        "width": JSON(canvas.width), "height": 320,
        "autosize": ["type": "fit", "contains": "padding"],
        "padding": ["left": 10, "top": 8, "bottom": 5, "right": 16],
        "data": ["values": .array(points)],
        "layer": [
          [
            "data": ["values": [["value": 1]]],
            "mark": ChartReference.rule,
            "encoding": ["y": ["field": "value", "type": "quantitative", "scale": y.scale]],
          ],
          [
            "mark": ["type": "rule", "strokeWidth": 1],
            "encoding": [
              "x": across, "y": up.with(["field": "low"]), "y2": ["field": "high"],
              "color": colour,
            ],
          ],
          [
            "mark": ["type": "point", "filled": true, "opacity": 0.85, "size": 45],
            "encoding": ["x": across, "y": up, "color": colour, "shape": shape],
          ],
        ],
      ]
    }
  }

  private static let wholeMonth = "the whole month is merged at once"
  private static let bounded = "bounded: the month is larger"
}
