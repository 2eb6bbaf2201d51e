// What is read, and the exact sentence for whatever is not.

import StrictYAML
import Testing
import Units

private struct Settings: Equatable {
  var name = ""
  var rows = 0
  var size = 0
  var span = TimeSpan(milliseconds: 0)
  var share = 0.0
  var isOn = false
  var order = ""
  var windows: [TimeSpan] = []
  var extra: [String: String] = [:]
}

private func read(_ text: String) throws(DocumentError) -> Settings {
  try Document.read(text, file: "x.yaml") { (root) throws(DocumentError) in
    var out = Settings()
    out.name = try root["name"].string()
    out.rows = try root.given("rows")?.count(in: 1...1_000_000) ?? 7
    out.size = try root.given("size")?.bytes(in: 1...(1 << 20)) ?? 0
    out.span = try root.given("span")?.span(in: span("1s")...span("30d")) ?? span("1s")
    out.share = try root.given("share")?.fraction() ?? 0
    out.isOn = try root.given("on")?.bool() ?? false
    out.order = try root.given("order")?.choice(of: ["time", "shuffled"]) ?? ""
    out.windows =
      try root.given("windows")?.list { (value) throws(DocumentError) in
        try value.span(in: span("1s")...span("30d"))
      } ?? []
    out.extra = try root.given("extra")?.texts() ?? [:]
    if let nested = root.given("nested") {
      out.rows = try nested.mapping { (map) throws(DocumentError) in
        try map["versions"].integer(in: 1...9)
      }
    }
    return out
  }
}

private func span(_ text: String) -> TimeSpan {
  (try? TimeSpan(parsing: text)) ?? TimeSpan(milliseconds: 0)
}

@Suite struct DocumentsTests {
  @Test func values() throws {
    let settings = try read(
      """
      # a comment with *stars* and an & may say what it likes: *alias
      name: "2 * 3 & more"
      rows: 300k
      size: 64KiB
      span: 20m
      share: 0.25
      on: true
      order: shuffled
      windows: [1h, 1d]
      extra: {max_threads: 10, format: zstd}
      """)
    #expect(
      settings
        == Settings(
          name: "2 * 3 & more", rows: 300_000, size: 65_536, span: span("20m"), share: 0.25,
          isOn: true, order: "shuffled", windows: [span("1h"), span("1d")],
          extra: ["max_threads": "10", "format": "zstd"]))
  }

  @Test func whatIsLeftOutHasItsDefault() throws {
    #expect(try read("name: a\nrows:\n").rows == 7)
  }

  @Test(arguments: [
    ("", "x.yaml: the file is empty; write 'key: value' lines"),
    ("# only a comment", "x.yaml: the file is empty; write 'key: value' lines"),
    ("- a\n- b", "x.yaml:1: the document is not a mapping; write 'key: value' lines"),
    ("rows: 5", "x.yaml:1: 'name' is missing; add it"),
    ("rows: 5\nnmae: a", "x.yaml:2: unknown key 'nmae'; did you mean 'name'?"),
    ("name: a\nrowz: 5", "x.yaml:2: unknown key 'rowz'; did you mean 'rows'?"),
    (
      "name: a\nnested:\n  versions: 2\n  versons: 3",
      "x.yaml:4: unknown key 'versons' in 'nested'; did you mean 'versions'?"
    ),
    (
      "name: a\nnested:\n  versions: 2\n  colour: red",
      "x.yaml:4: unknown key 'colour' in 'nested'; known are 'versions'"
    ),
    ("name: a\nnested: {}", "x.yaml:2: 'nested.versions' is missing; add it"),
    ("name: a\nnested: 5", "x.yaml:2: 'nested' is not a mapping; write 'key: value' lines"),
    ("name: a\nname: b", "x.yaml:1: 'name' is given twice; keep one of the two"),
    ("name: [a]", "x.yaml:1: 'name' is a list; write a text"),
    ("name: \"\"", "x.yaml:1: 'name' is empty; write a text"),
    (
      "name: a\nrows: many",
      "x.yaml:2: 'rows' is wrong: 'many' is not a count; write it like 300k"
    ),
    ("name: a\nrows: 2M", "x.yaml:2: 'rows' is 2,000,000; it must be from 1 to 1,000,000"),
    ("name: a\nrows: {}", "x.yaml:2: 'rows' is a mapping; write a count such as 300k"),
    (
      "name: a\nsize: 9XB",
      "x.yaml:2: 'size' is wrong: '9XB' is not a size; write it like 64MiB"
    ),
    ("name: a\nsize: 2MiB", "x.yaml:2: 'size' is 2.00 MiB; it must be from 1.00 B to 1.00 MiB"),
    (
      "name: a\nspan: 5",
      "x.yaml:2: 'span' is wrong: '5' is not a span of time; write it like 20m, 6h or 30d"
    ),
    ("name: a\nshare: 1.5", "x.yaml:2: 'share' is 1.5; it must be from 0 to 1"),
    ("name: a\nshare: nan", "x.yaml:2: 'share' is 'nan'; write a number such as 0.5"),
    ("name: a\non: yes", "x.yaml:2: 'on' is 'yes'; write true or false"),
    ("name: a\norder: tim", "x.yaml:2: 'order' is 'tim'; did you mean 'time'?"),
    (
      "name: a\norder: random", "x.yaml:2: 'order' is 'random'; write one of 'time', 'shuffled'"
    ),
    ("name: a\nwindows: 1h", "x.yaml:2: 'windows' is not a list; write it like [a, b]"),
    ("name: a\nwindows: []", "x.yaml:2: 'windows' is an empty list; write at least one element"),
    (
      "name: a\nwindows: [1h, 5]",
      "x.yaml:2: 'windows[1]' is wrong: '5' is not a span of time; write it like 20m, 6h or 30d"
    ),
    (
      "name: &n a\nrows: *n",
      "x.yaml:1: anchors and aliases ('&') are not supported; write the value out"
    ),
    ("[a, b]: c", "x.yaml:1: a key must be a word, not a list or a mapping"),
  ])
  func mistakes(text: String, sentence: String) {
    #expect(throws: DocumentError.self) { try read(text) }
    do { _ = try read(text) } catch { #expect(error.description == sentence) }
  }

  @Test func notYAML() throws {
    let error = #expect(throws: DocumentError.self) { try read("name: a\nrows: \"5\nspan: 1h\n") }
    #expect(error?.description.hasPrefix("x.yaml:") == true)
    #expect(error?.message.hasPrefix("this is not YAML: ") == true)
  }

  @Test func aFileThatIsTooLarge() {
    let text = "name: a # " + String(repeating: "x", count: 1 << 20)
    let error = #expect(throws: DocumentError.self) { try read(text) }
    #expect(
      error?.description
        == "x.yaml: the file is larger than 1 MiB, which no description needs; is it the right one?"
    )
  }

  @Test func deepNestingIsRefused() {
    #expect(throws: DocumentError.self) {
      try read("name: " + String(repeating: "[", count: 100_000))
    }
  }

  /// Whatever is done to a good document, the answer is a value or a sentence.
  @Test func mutationsNeverCrash() {
    let good = Array(
      "name: a\nrows: 300k\nwindows: [1h, 1d]\nextra: {k: \"v\"}\nnested:\n  versions: 2\n".utf8)
    var state: UInt64 = 42
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    let spice = Array("[]{}:,-&*!|>'\"%@`#?\n\t \0".utf8) + [0xff, 0xc3, 0xa9]
    for _ in 0..<1_000 {
      var bytes = good
      for _ in 0...random(6) {
        switch random(3) {
        case 0: bytes[random(bytes.count)] = spice[random(spice.count)]
        case 1: bytes.insert(spice[random(spice.count)], at: random(bytes.count))
        default: bytes.remove(at: random(bytes.count))
        }
      }
      do { _ = try read(String(decoding: bytes, as: UTF8.self)) } catch {
        #expect(!error.message.isEmpty)
      }
    }
  }
}
