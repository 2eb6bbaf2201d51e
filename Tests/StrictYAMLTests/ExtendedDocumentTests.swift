// The key `extends`: which text comes out, and which file an error names.

import StrictYAML
import Testing

@Suite struct ExtendedDocumentTests {
  private struct Missing: Error, CustomStringConvertible {
    let description = "there is no such file"
  }

  private func document(
    _ files: [String: String], _ name: String = "a.yaml"
  ) throws(DocumentError) -> ExtendedDocument {
    try ExtendedDocument(files["b/\(name)"] ?? files[name] ?? "", name: name) { name in
      guard let text = files[name] else { throw Missing() }
      return text
    }
  }

  private func sentence(_ files: [String: String], _ name: String = "a.yaml") -> String {
    do {
      _ = try document(files, name)
      return "no error"
    } catch { return error.description }
  }

  @Test func aFileThatExtendsNothingIsLeftAsItIs() throws {
    for text in ["name: a\r\n# extends: b\n", "", "- no\n- mapping", "note: it extends a lot"] {
      #expect(try document(["a.yaml": text]).text == text)
    }
  }

  @Test func keysAreReplacedOneByOne() throws {
    let base = """
      # Why the base is there.

      name: base
      # What the rows are.
      list:
        - 1
        - 2
      map: {x: 1, y: 2}
      # Said of the last key.
      last: |
        # no comment
        text: no key
      """
    let own = """
      # Why this one is there.
      name: own
      # Where the rest is.
      extends: base.yaml
      map: {x: 3}
      # Gone.
      list:
      """
    let text = try document(["a.yaml": own, "base.yaml": base]).text
    #expect(
      text == """
        # Why this one is there.
        name: own
        # Where the rest is.
        map: {x: 3}
        # Gone.
        list:
        # Said of the last key.
        last: |
          # no comment
          text: no key

        """)
    let read = try Document.read(text, file: "a.yaml") { root throws(DocumentError) in
      #expect(root.given("list") == nil, "a key without a value removes the other file's")
      let map = try root["map"].mapping { map throws(DocumentError) in
        try map["x"].integer(in: 0...9)
      }
      return "\(try root["name"].string()) \(map) \(try root["last"].string())"
    }
    #expect(read == "own 3 # no comment\ntext: no key\n")
  }

  @Test func chainsEndAndNeverGoInACircle() throws {
    let files = [
      "1.yaml": "a: 1\nextends: 2.yaml", "2.yaml": "b: 2\na: 2\nextends: 3.yaml",
      "3.yaml": "extends: 4.yaml\nc: 3\nb: 3", "4.yaml": "d: 4\nc: 4\n",
      "0.yaml": "extends: 1.yaml", "x.yaml": "extends: y.yaml", "y.yaml": "k: 1\nextends: x.yaml",
      "self.yaml": "extends: self.yaml",
    ]
    #expect(try document(files, "1.yaml").text == "a: 1\nb: 2\nc: 3\nd: 4\n")
    #expect(
      sentence(files, "0.yaml")
        == "3.yaml:1: 'extends' makes a chain of more than 4 files (0.yaml → 1.yaml → 2.yaml → "
        + "3.yaml → 4.yaml); extend one of the last")
    #expect(
      sentence(files, "x.yaml")
        == "y.yaml:2: 'extends' goes in a circle: x.yaml → y.yaml → x.yaml; remove one of them")
    #expect(sentence(files, "self.yaml").hasPrefix("self.yaml:1: 'extends' goes in a circle"))
  }

  @Test(arguments: [
    ("extends: ../b.yaml", "a.yaml:1: 'extends' is '../b.yaml'; write the name of a file of the"),
    ("extends: no.yaml", "a.yaml:1: 'extends' names a file that cannot be read: there is no such"),
    ("extends:", "a.yaml:1: 'extends' is empty; write the name of a file of the same folder"),
    ("extends: [b.yaml]", "a.yaml:1: 'extends' is a list; write a text"),
    ("{name: a, extends: b.yaml}", "a.yaml:1: 'extends' joins files line by line; write the key"),
    ("extends: list.yaml", "list.yaml"), ("extends: torn.yaml", "torn.yaml:3: this is not YAML"),
    ("extends: twice.yaml", "twice.yaml:"), ("extends: alias.yaml", "alias.yaml:1: anchors and"),
  ])
  func whatCannotBeExtended(text: String, words: String) {
    let files = [
      "a.yaml": text, "b.yaml": "name: b", "list.yaml": "- 1", "torn.yaml": "a: 1\nb: [",
      "twice.yaml": "a: 1\na: 2", "alias.yaml": "a: &x 1",
    ]
    #expect(sentence(files).hasPrefix(words), "\(sentence(files))")
  }

  @Test func anErrorNamesTheFileAndLineOfTheKey() throws {
    let files = [
      "f/a.yaml": "# A comment.\nname: a\nextends: b.yaml\nown: x\n",
      "f/b.yaml": "name: b\n# Another.\ncount: many\n",
    ]
    let document = try ExtendedDocument(files["f/a.yaml"] ?? "", name: "f/a.yaml") { name in
      files[name] ?? ""
    }
    func error(_ read: (Mapping) throws(DocumentError) -> Void) -> String {
      do throws(DocumentError) {
        try Document.read(document.text, file: document.name, read)
        return "no error"
      } catch { return document.located(error).description }
    }
    #expect(
      error { root throws(DocumentError) in _ = try root["count"].integer(in: 0...9) }
        == "f/b.yaml:3: 'count' is 'many'; write a whole number")
    #expect(
      error { root throws(DocumentError) in
        _ = try (root["name"].string(), root["count"].string())
      }.hasPrefix("f/a.yaml:4: unknown key 'own'"))
    #expect(
      error { root throws(DocumentError) in _ = try root["seed"].string() }
        .hasPrefix("f/a.yaml:2: 'seed' is missing"))
  }
}
