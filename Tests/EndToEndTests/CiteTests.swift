// The project's own pages say what was measured.

import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct CiteTests {
    private let scratch = Scratch()

    @Test func thePagesOfTheProjectAreTrue() async throws {
      let pages = ["README.md"] + documentationPages()
      let result = try await Program.run(["cite"] + pages + ["--check"])
      #expect(result.ending == .exit(0), "\(result.remarks)")
    }

    @Test func aFigureThatWasChangedByHandIsFoundAndCorrected() async throws {
      let run = "\(packageFolder)/Tests/Fixtures/claim"
      let text = """
        The claim is [supported][storage].

        [storage]: \(run)/manifest.json "verdict storage"

        """
      let page = scratch.write(text, to: "page.md")
      let cite = ["cite", page, "--runs", "Tests/Fixtures"]
      let found = try await Program.run(cite + ["--check"])
      #expect(found.ending == .exit(1))
      #expect(found.remarks.contains("\(page):1 differs from the recorded run"))
      #expect(textOfFile(page) == text, "a check changes nothing")
      #expect(try await Program.run(cite).ending == .exit(0))
      #expect(textOfFile(page) == text.replacing("supported", with: "refuted"))
      #expect(try await Program.run(cite + ["--check"]).ending == .exit(0))
    }

    @Test func aCitationThatCannotBeFilledIsToldWithItsPlace() async throws {
      // A link is relative to its page.
      let relative = "results/reference/claim-25.8/wombat.csv"
      let page = scratch.write("\n[x](\(relative) \"verdict storage\")\n", to: "page.md")
      let outside = try await Program.run(["cite", page])
      #expect(outside.ending == .exit(65))
      #expect(outside.remarks.contains("\(page):2: links to \(relative), which is in no run"))
      let inside = try await Program.run(
        ["cite", page, "--runs", scratch.path("results/reference")])
      #expect(inside.remarks.contains("\(page):2: claim-25.8/wombat.csv is not a file of a run"))
    }

    @Test func aPageThatCannotBeReadIsTold() async throws {
      let result = try await Program.run(["cite", scratch.path("nowhere.md")])
      #expect(result.ending == .exit(65))
      #expect(result.remarks.contains("cannot read "))
    }
  }
}
