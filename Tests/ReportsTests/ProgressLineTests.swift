// Lines of progress: what they say, and that they fit.

import Reports
import Testing

@Suite struct ProgressLineTests {
  private let load = ProgressLine(
    label: "loading", done: 126_000, total: 300_000, elapsedSeconds: 2.5, unit: "rows",
    bytes: 80_000_000)

  @Test func saysShareAmountRatesAndTimeLeft() {
    #expect(
      load.render(width: 110)
        == "loading  ██████████▏                42 %  126,000 of 300,000 rows  50.4k rows/s  "
        + "30.5 MiB/s  3.5 s left")
  }

  @Test(arguments: 0...120) func fitsItsWidth(width: Int) {
    let line = load.render(width: width)
    #expect(line.count <= width)
    #expect(!line.contains("\n"))
    if width >= 30 { #expect(line.contains("42 %") && line.contains("left")) }
  }

  @Test func guessesNothingFromNothing() {
    var cells = ProgressLine(
      label: "cells", done: 0, total: 40, elapsedSeconds: 0, unit: "attempts")
    #expect(cells.render(width: 100).hasSuffix("  0 %  0 of 40 attempts  0.0 s so far"))
    cells.total = nil
    #expect(cells.render(width: 100) == "cells  0 attempts  0.0 s so far")
    cells.total = 0
    #expect(cells.render(width: 100) == "cells  0 of 0 attempts  0.0 s so far")
    cells = ProgressLine(label: "", done: .max, total: 1, elapsedSeconds: 1e-300, unit: "rows")
    #expect(cells.render(width: 60).contains("100 %"))
  }

  @Test func longWaitsReadAsHours() {
    let line = ProgressLine(label: "x", done: 1, total: 101, elapsedSeconds: 60, unit: "cells")
      .render(width: 100)
    #expect(line.hasSuffix("1 h 40 min left"))
  }
}
