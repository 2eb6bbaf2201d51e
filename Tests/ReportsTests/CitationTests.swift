// Citations in a page: what they become, and what is said of one that cannot be filled.

import Testing
@testable import Analysis
@testable import Reports

@Suite struct CitationTests {
  private let citations = Citations(
    run: { name in
      guard name == "made" else { throw Citations.Mistake(description: "names no run") }
      return try HandMadeRun.findings()
    },
    sweep: { name in
      guard name == "swept" else { return nil }
      let member = SweepMember(name: "one", findings: try HandMadeRun.findings())
      return SweepFindings(name: name, members: [member])
    }, file: { _, file in "text of \(file)\n" })

  private func filled(_ what: String) throws -> String {
    let text = try citations.filled("before <!--cite \(what)-->old<!--/--> after", file: "page.md")
    let start = "before <!--cite \(what)-->"
    #expect(text.hasPrefix(start) && text.hasSuffix("<!--/--> after"))
    return String(text.dropFirst(start.count).dropLast("<!--/--> after".count))
  }

  @Test func figuresAreThoseOfTheRun() throws {
    let findings = try HandMadeRun.findings()
    let cell = "export fresh 1h memory_peak_bytes"
    let row = try #require(
      findings.summary.export(
        "memory_peak_bytes", mergeState: "fresh", window: "1h", subject: "limit-by"))
    #expect(try filled("made median \(cell) limit-by") == row.unit.text(row.median ?? 0))
    #expect(try filled("made ratio \(cell) mv-final/limit-by").contains(" ["))
    let verdict = findings.verdicts[0]
    #expect(try filled("made verdict \(verdict.claim.name)") == verdict.outcome.rawValue)
    #expect(try filled("made reason \(verdict.claim.name)") == verdict.reason)
    #expect(try filled("made table Storage").contains("| (table + view) / table |"))
    #expect(try filled("swept table Runs").contains("**one**"))
    #expect(try filled("made file notes.txt") == "\n\n```\ntext of notes.txt\n```\n\n")
  }

  @Test func aTruePageStaysAsItIs() throws {
    let page = "a <!--cite made verdict memory-halved-->x<!--/--> b"
    let once = try citations.filled(page, file: "page.md")
    #expect(once != page)
    #expect(try citations.filled(once, file: "page.md") == once)
    #expect(try citations.filled("no citation", file: "page.md") == "no citation")
  }

  static let mistakes = [
    ("<!--cite made-->x<!--/-->", "page.md:1: 'made' is too short; name a run, a kind and"),
    ("a\n<!--cite other verdict x-->x<!--/-->", "page.md:2: 'other verdict x' names no run"),
    ("<!--cite made verdict wombat-->x<!--/-->", "names no claim of the run; there are: "),
    ("<!--cite made median export fresh-->x<!--/-->", "rows of summary.csv; name fields of"),
    ("<!--cite made table Wombats-->x<!--/-->", "names no table of the report; there are: "),
    ("<!--cite made guess a b-->x<!--/-->", "is no citation; write median, ratio, verdict"),
    ("<!--cite made verdict x", "page.md:1: a citation has no end; write <!--/-->"),
  ]

  @Test(arguments: mistakes) func aMistakeIsTold(page: String, sentence: String) {
    let error = #expect(throws: Citations.Mistake.self) {
      try citations.filled(page, file: "page.md")
    }
    #expect(error?.description.contains(sentence) == true, "\(error?.description ?? "")")
  }
}
