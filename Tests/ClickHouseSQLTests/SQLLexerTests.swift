// The lexer's tokens, case by case, and what it makes of random texts.

import ClickHouseSQL
import Testing

@Suite struct SQLLexerTests {
  /// The significant tokens of a statement, a letter for the kind before each.
  static func tokens(_ sql: String) -> [String] {
    SQLLexer(sql).filter(\.isSignificant).map { token in
      let letter =
        switch token.kind {
        case .space: "_"
        case .comment: "c"
        case .word: "w"
        case .quotedName: "q"
        case .string: "s"
        case .heredoc: "h"
        case .number: "n"
        case .parameter: "p"
        case .sign: "-"
        case .other: "?"
        }
      return "\(letter)\(token.isComplete ? "" : "!") \(token.text)"
    }
  }

  @Test(
    arguments: [
      ("SELECT a1,b_2", ["w SELECT", "w a1", "- ,", "w b_2"]),
      ("'a''b' 'a\\'b' '\\\\'", ["s 'a''b'", "s 'a\\'b'", "s '\\\\'"]),
      ("'a -- b' x -- c ' d\ny", ["s 'a -- b'", "w x", "w y"]),
      ("a # b '\nc", ["w a", "w c"]), ("#!/bin/x\na", ["w a"]), ("a#b", ["w a", "? #", "w b"]),
      ("a // b\nc", ["w a", "w c"]),
      ("a /* b /* ' */ c */ d", ["w a", "w d"]), ("a /* b /* */ c", ["w a"]),
      ("`a``b` \"c\\\"d\"", ["q `a``b`", "q \"c\\\"d\""]),
      (
        "1 1.5, .5 1e-3 0xfFp1 0b01 1_000",
        ["n 1", "n 1.5", "- ,", "n .5", "n 1e-3", "n 0xfFp1", "n 0b01", "n 1_000"]
      ),
      (
        "t.1.2 (x).5 a.b",
        ["w t", "- .", "n 1", "- .", "n 2", "- (", "w x", "- )", "- .", "n 5", "w a", "- .", "w b"]
      ),
      ("1day 1.5x", ["w 1day", "? 1.5x"]),
      ("$$a'b$$ $x$ $$ $x$", ["h $$a'b$$", "h $x$ $$ $x$"]),
      ("$x$ a", ["w $x$", "w a"]), ("$ a", ["- $", "w a"]),
      ("{a:UInt8} {b : Array(Enum('}' = 1))}", ["p {a:UInt8}", "p {b : Array(Enum('}' = 1))}"]),
      ("{'a': 1}", ["- {", "s 'a'", "- :", "n 1", "- }"]),
      ("{a::X}", ["- {", "w a", "- ::", "w X", "- }"]), ("{a:X", ["- {", "w a", "- :", "w X"]),
      (
        "a->b<=c<>d<=>e::f||g!=h==i@@j\\G",
        [
          "w a", "- ->", "w b", "- <=", "w c", "- <>", "w d", "- <=>", "w e", "- ::", "w f", "- ||",
          "w g", "- !=", "w h", "- ==", "w i", "- @@", "w j", "- \\G",
        ]
      ),
      ("x'4a' B'01' x", ["s x'4a'", "s B'01'", "w x"]),
      (
        "\u{2018}a'b\u{2019} \u{201c}c\u{201d} \u{2212}1",
        ["s \u{2018}a'b\u{2019}", "q \u{201c}c\u{201d}", "- \u{2212}", "n 1"]
      ),
      ("a\u{a0}b\u{feff}é", ["w a", "w b", "? é"]),
      ("'a", ["s! 'a"]), ("'a\\", ["s! 'a\\"]), ("`a", ["q! `a"]), ("\u{2018}a", ["s! \u{2018}a"]),
      ("x'4g'", ["s! x'4g'"]), ("a;", ["w a", "- ;"]), ("", []), ("\0", ["? \0"]),
    ] as [(String, [String])])
  func aStatementIsSplitAsTheServerDoes(sql: String, expected: [String]) {
    #expect(Self.tokens(sql) == expected)
  }

  @Test(
    arguments: [
      ("abc", "abc", nil), ("`a\\`b``c`", "a`b`c", nil), ("\"a\\nb\"", "a\nb", nil),
      ("'it''s \\'x\\' \\\\ \\x41\\t\\%'", nil, "it's 'x' \\ A\t\\%"), ("$t$a'b$t$", nil, "a'b"),
      ("x'4a'", nil, "4a"), ("\u{2018}a\\n\u{2019}", nil, "a\\n"), ("'open", nil, "open"),
      ("1", nil, nil),
    ] as [(String, String?, String?)])
  func namesAndValuesLoseQuotesAndEscapes(sql: String, name: String?, value: String?) throws {
    let tokens = Array(SQLLexer(sql))
    let token = try #require(tokens.first)
    #expect(tokens.count == 1)
    #expect(token.name == name)
    #expect(token.value == value)
  }

  @Test func aParameterHasNameAndType() throws {
    let tokens = SQLLexer("{ `from`  : Array( String )} x").filter(\.isSignificant)
    let parameter = try #require(tokens.first?.parameter)
    #expect(parameter.name == "from")
    #expect(parameter.type == "Array( String )")
    #expect(tokens.last?.parameter == nil)
    #expect(tokens.last?.isWord("X") == true)
  }

  @Test(arguments: [UInt64](1...8))
  func tokensOfAnyTextAreThatText(seed: UInt64) {
    var random = SplitMix(state: seed)
    let pieces =
      ["'", "''", "\\", "\"", "`", "$", "$a$", "/*", "*/", "--", "#", " ", "\n", "{a:", "}", "{"]
      + ["x'", "0x", "1e", ".", "1.", "\u{2018}", "\u{2019}", "\u{201c}", "é", "e\u{301}", "\0"]
      + ["a", "(", ")", ",", ";", ":", "\u{1F600}", "\u{2028}"]
    for _ in 0..<500 {
      var text = ""
      for _ in 0..<Int.random(in: 0...24, using: &random) {
        text += pieces.randomElement(using: &random) ?? ""
      }
      let tokens = Array(SQLLexer(text))
      #expect(tokens.map { String($0.text) }.joined().utf8.elementsEqual(text.utf8))
      for token in tokens {
        #expect(!token.text.isEmpty)
        _ = (token.name, token.value, token.parameter)
      }
    }
  }
}

/// SplitMix64, so that a failure can be repeated by its seed.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
