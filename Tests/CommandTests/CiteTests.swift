// The project's own pages say what was measured.

import Foundation
import TestSupport
import Testing

extension CommandTests {
  @Suite struct CiteTests {
    private let scratch = Scratch()

    @Test func thePagesOfTheProjectAreTrue() async throws {
      let pages = ["README.md"] + documentationPages()
      let result = try await Program.run(["cite"] + pages + ["--check"])
      #expect(result.ending == .exit(0), "\(result.remarks)")
    }

    @Test func aFigureThatWasChangedByHandIsFoundAndMended() async throws {
      let text = "<!--cite claim verdict storage-->supported<!--/-->\n"
      let page = scratch.write(text, to: "page.md")
      let cite = ["cite", page, "--runs", "Tests/Fixtures"]
      let found = try await Program.run(cite + ["--check"])
      #expect(found.ending == .exit(1))
      #expect(found.remarks.contains("\(page):1 does not say what was measured"))
      #expect(textOfFile(page) == text, "a check changes nothing")
      #expect(try await Program.run(cite).ending == .exit(0))
      #expect(textOfFile(page) == text.replacing("supported", with: "refuted"))
      #expect(try await Program.run(cite + ["--check"]).ending == .exit(0))
    }

    @Test func aPageThatCannotBeReadIsTold() async throws {
      let result = try await Program.run(["cite", scratch.path("nowhere.md")])
      #expect(result.ending == .exit(65))
      #expect(result.remarks.contains("cannot read "))
    }
  }
}
