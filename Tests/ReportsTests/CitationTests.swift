// Citations in a page: what they become, and what is said of one that cannot be filled.

import Testing
@testable import Analysis
@testable import CitedPages
@testable import Reports

@Suite struct CitationTests {
  private let citations = Citations(
    runs: "runs",
    run: { name in
      guard name == "made" else { throw Citations.Mistake("there is no run \(name)") }
      return try HandMadeRun.findings()
    },
    sweep: { name in
      guard name == "swept" else { return nil }
      let member = SweepMember(name: "one", findings: try HandMadeRun.findings())
      return SweepFindings(name: name, members: [member])
    },
    exists: { !$0.hasSuffix("missing.csv") }, file: { "text of \($0)\n```\n" })

  private func filled(_ text: String) throws -> String {
    try citations.filled(text, page: "docs/page.md")
  }

  /// The text of a link with a title.
  private func text(_ title: String) throws -> String {
    let start = "before [old](../runs/made/samples.csv \""
    let page = try filled(start + title + "\") after")
    let end = "](../runs/made/samples.csv \"\(title)\") after"
    #expect(page.hasPrefix("before [") && page.hasSuffix(end), "\(page)")
    return String(page.dropFirst("before [".count).dropLast(end.count))
  }

  @Test func figuresAreThoseOfTheRun() throws {
    let findings = try HandMadeRun.findings()
    let cell = "export fresh 1h memory_peak_bytes"
    let row = try #require(
      findings.summary.export(
        "memory_peak_bytes", mergeState: "fresh", window: "1h", subject: "limit-by"))
    #expect(try text("median \(cell) limit-by") == row.unit.text(row.median ?? 0))
    #expect(try text("ratio \(cell) mv-final/limit-by").contains(" ["))
    let verdict = findings.verdicts[0]
    #expect(try text("verdict \(verdict.claim.name)") == verdict.outcome.rawValue)
    #expect(try text("reason \(verdict.claim.name)") == verdict.reason)
  }

  @Test func oneDefinitionFillsEveryUseOfItsLabel() throws {
    let page = """
      | a \\| b | [x [1, 2]][View] | `[x][view]` |
      | - | - | - |
      **[][ view ]**, [an ordinary link][other], \\[x][view\\], [more](https://a.example "ratio b")

      ```
      [x][view]
      ```

      [view]: <../runs/made/samples.csv>
        'verdict
        memory-halved'
      [other]: page.md "an ordinary title"
      """
    let outcome = try text("verdict memory-halved")
    let expected = page.replacing("[x [1, 2]]", with: "[\(outcome)]")
      .replacing("[][ view ]", with: "[\(outcome)][ view ]")
    #expect(try filled(page) == expected)
    #expect(try filled(expected) == expected)
  }

  @Test func aLineBreakInAFigureStays() throws {
    let ratio = try text("ratio export fresh 1h memory_peak_bytes mv-final/limit-by")
    let link = "](../runs/made/a.csv \"ratio export fresh 1h memory_peak_bytes mv-final/limit-by\")"
    let page = "[" + ratio.replacing(" ", with: "\n  ") + link
    #expect(try filled(page) == page)
    #expect(try filled("[1 " + ratio + link) == "[" + ratio + link)
  }

  static let pagesWithoutCitations = [
    "no citation\n", "`[a][b]` and ``<!--cite `a b`-->``\n", "<!-- [a][b] -->\n", "![a][b]\n",
    "<!--\n[a][b]\n\n[a][b]\n-->\n", "~~~\n[a][b]\n```\n~~~\n", "a [b] c [d]: e\n", "a ] b [ c\n",
    "- ```\n  [a][b]\n  ```\n", "a\\`[a]`[b]\\`\n", "[a [b](c \"d\")](e)\n", "a\r\n\r\nb\r\n", "",
  ]

  @Test(arguments: pagesWithoutCitations) func otherTextStays(page: String) throws {
    #expect(try filled(page) == page)
  }

  @Test func aTableAndItsRemarksFollowTheirLink() throws {
    let link = "[Storage](../runs/made/storage.csv\n\"table Storage\")"
    let page = try filled("before\n\n\(link)\n\nafter\n")
    #expect(page.hasPrefix("before\n\n\(link)\n\n| "))
    #expect(page.contains("| (table + view) / table |"))
    #expect(page.hasSuffix(" |\n\nafter\n"))
    #expect(try filled(page) == page)
    #expect(try filled(page.replacing(" table |", with: " wrong |")) == page)
    #expect(try filled("\(link)\n\n| old |\n| --- |\n\n> old\n>\n> more\n") == filled("\(link)\n"))

    let exports = "[Exports](../runs/made/samples.csv \"table Exports, fresh\")"
    let remarks = try filled("\(exports)\n\nafter\n")
    #expect(remarks.contains(" |\n\n> "))
    #expect(try filled(remarks) == remarks)
    #expect(try filled("[s](../runs/swept/sweep.json \"table Runs\")").contains("**one**"))
  }

  @Test func aFileFollowsItsLink() throws {
    let link = "[Output](../runs/made/notes.txt \"file\")"
    let file = "\(link)\n\n````\ntext of made/notes.txt\n```\n````"
    #expect(try filled(link) == file)
    #expect(try filled("\(link)\n\n```sh\nold\n```\n\nafter") == "\(file)\n\nafter")
    #expect(try filled("\(link)\n\nafter") == "\(file)\n\nafter")
  }

  static let mistakes = [
    ("a\n[x][y]", 2, "[y] is not defined; add [y]: FILE-OF-THE-RUN"),
    ("a\n[y]: ../runs/made/a.csv \"reason x\"\n[x][y]", 3, "[y] is not defined; add [y]: "),
    ("a\n\n[y]: ../runs/made/a.csv \"reason x\"", 3, "nothing uses [y]; write [value][y]"),
    ("[y]\n\n[y]: ../runs/made/a.csv \"reason x\"", 1, "[y] has no text to write; use [value][y]"),
    ("[x][y]\n\n[y]: ../runs/made/a.csv \"reason x\"\n[y]: a", 4, "[y] is defined twice"),
    ("[x](../runs/other/a.csv \"verdict x\")", 1, "there is no run other"),
    ("[x](runs/made/a.csv \"verdict x\")", 1, "links to runs/made/a.csv, which is in no run"),
    ("[x](../runs/a.csv \"verdict x\")", 1, "links to ../runs/a.csv, which is in no run"),
    ("[x](../runs/made/missing.csv \"verdict x\")", 1, "made/missing.csv is not a file of a run"),
    ("[x](../runs/made/a.csv \"verdict wombat\")", 1, "has no claim 'wombat'; it has memory-"),
    (
      "[x](../runs/made/a.csv \"median fresh 1h limit-by\")", 1,
      " rows of the run, such as 'export fresh 1h "
    ),
    (
      "[x](../runs/made/a.csv \"ratio fresh 1h read_rows wombat\")", 1,
      "'fresh 1h read_rows wombat' matches no row of the run; the closest: 'export fresh 1h "
        + "read_rows "
    ),
    ("[x](../runs/made/a.csv \"median\")", 1, "'' matches "),
    ("[x](../runs/made/a.csv \"table Wombats\")", 1, "has no table 'Wombats'; it has 'Exports, fr"),
    ("a [x](../runs/made/a.csv \"table Storage\")", 1, "put the link in a paragraph of its own"),
    (
      "a\n<!--cite made verdict x-->x<!--/-->", 2,
      "citations in comments are obsolete; write "
        + "[value"
    ),
  ]

  @Test(arguments: mistakes) func aMistakeIsTold(page: String, line: Int, sentence: String) {
    let error = #expect(throws: Citations.Mistake.self) { try filled(page) }
    #expect(error?.sentence.contains(sentence) == true, "\(error?.sentence ?? "")")
    #expect(error?.line == line)
  }

  static let texts = [
    ("0.5 [0.4, 0.6]", "0.5 [0.4, 0.6]"), ("a|b", "a\\|b"), ("a]b[", "a\\]b\\["), ("[", "\\["),
    ("`a` *b* <c> \\", "\\`a\\` \\*b\\* \\<c> \\\\"), ("memory_peak_bytes", "memory_peak_bytes"),
  ]

  @Test(arguments: texts) func textOfALinkIsNoMarkup(text: String, expected: String) {
    #expect(MarkdownPage.linkText(text) == expected)
    #expect(MarkdownPage("[\(MarkdownPage.linkText(text))](a)").links.last?.paragraph == 0)
  }
}
