// Words that must not return: metaphors and private terms, with the field's words for them.

import Foundation
import Testing

@Suite struct LanguageTests {
  /// Regular expressions between word boundaries, in lower case, and what to write instead.
  private static let words = [
    (#"rooms?"#, "module; free space"),
    (#"house (rules?|style)"#, "project rules"),
    (#"witness(es|ed)?"#, "memory source"),
    (#"weather"#, "fault injection"),
    (#"frontiers?"#, "memory limit search"),
    (#"anatom(y|ies)"#, "stage breakdown"),
    (#"(held|holds?|holding) against"#, "compared with; checked against"),
    (#"(go|goes|gone|going|went|gets|got) on with"#, "resume; continue"),
    (#"mend(s|ed|ing)?"#, "fix"),
    (#"patience"#, "timeout"),
    (#"(some|no)body('s)?"#, "name the user, the server or the caller; your"),
    (#"whoever('s)?"#, "the caller; the user"),
    (#"whose turn"#, "who has to"),
    (#"(told|tells?|telling) apart"#, "distinguish"),
    (#"(is|are|was|were|be|been) told"#, "gets; is reported"),
    (#"says? so|said so"#, "reports; prints"),
    (#"(speaks?|spoke|spoken) of"#, "describes; is about"),
    (#"(that|which|what) (is|are|was|were) there"#, "existing"),
    (#"(of )?ours"#, "the suite's; exportbench's"),
    (#"of (its|their|his|your) own"#, "own; separate"),
    (#"(lets?|letting) go"#, "discard; release; start"),
    (#"(one|second) look( at)?|a look at"#, "sample; check; second run"),
    (#"account of"#, "record"),
    (#"so-manieth"#, "n-th"),
    (#"(no|whose|'s) business"#, "name the responsible module"),
    (#"front door|way in"#, "entry point"),
    (#"for want of"#, "because … is missing"),
    (#"midst"#, "during"),
    (#"taken kindly"#, "the bound allows"),
    (#"leash"#, "pipe to the owner"),
    (#"last words"#, "last log lines"),
    (#"anew"#, "again"),
    (#"sent again"#, "retried"),
    (#"(comes?|came) to rest"#, "settled"),
    (#"turnstiles?"#, "open-loop scheduler"),
    (#"rendezvous"#, "driver barrier"),
    (#"lineage"#, "provenance"),
    (#"ledgers?"#, "provenance; accounting"),
    (#"setbacks?"#, "failure"),
    (#"leftovers?"#, "orphaned database"),
    (#"textures?"#, "compressibility"),
    (#"(server|one) by itself"#, "single server"),
    (#"stands? (beside|behind)"#, "is next to; follows"),
    (#"laid over"#, "override"),
  ]

  /// Uses that are not the metaphor: names of benchmarks and of their files, YAML keys, output.
  private static let allowed = [
    #"\b(frontier|anatomy)(-[a-z0-9.-]+|\.(csv|yaml))"#, #"(run|on) (frontier|anatomy)\b"#,
    #"^ *(frontier|anatomy)$"#, #"^\[.*\]: "#,
  ]

  @Test func privateWordsDoNotReturn() throws {
    // One expression with a group for each word: Foundation's engine is fast without optimization.
    let groups = Self.words.map { "(" + $0.0.replacing("(", with: "(?:") + ")" }
    let words = try NSRegularExpression(
      pattern: #"\b(?:\#(groups.joined(separator: "|")))\b"#, options: .caseInsensitive)
    let allowed = try NSRegularExpression(pattern: Self.allowed.joined(separator: "|"))
    for file in try Self.files() {
      for (number, text) in Self.prose(of: file) {
        let all = NSRange(text.startIndex..., in: text)
        let text = allowed.stringByReplacingMatches(in: text, range: all, withTemplate: "")
        for found in words.matches(in: text, range: NSRange(text.startIndex..., in: text)) {
          guard let range = Range(found.range, in: text),
            let word = Self.words.indices.first(where: {
              found.range(at: $0 + 1).location != NSNotFound
            })
          else { continue }
          Issue.record(
            "\(file.path):\(number): '\(text[range])'; write: \(Self.words[word].1)")
        }
      }
    }
  }

  private static func files() throws -> [SourceFile] {
    var files: [SourceFile] = []
    for folder in ["Sources", "docs", "scripts", "Benchmarks", "datasets", "findings"] {
      let path = SourceFile.root.appendingPathComponent(folder).path
      guard FileManager.default.fileExists(atPath: path) else { continue }
      files += try SourceFile.all(folder, ending: "")
    }
    for name in try FileManager.default.contentsOfDirectory(atPath: SourceFile.root.path).sorted()
    where name.hasSuffix(".md") {
      let text = try String(
        contentsOf: SourceFile.root.appendingPathComponent(name), encoding: .utf8)
      files.append(
        SourceFile(
          path: name, lines: text.split(separator: "\n", omittingEmptySubsequences: false)))
    }
    // The generator's vocabulary, and the text of the design document.
    return files.filter {
      !$0.path.hasPrefix("Sources/ObservationGenerator/Prose/")
        && $0.path != "docs/design-document.md"
    }
  }

  /// The text for people in a file, by line from 1: comments and string literals of code, comments,
  /// descriptions and notes of YAML, everything but code and link targets of Markdown.
  private static func prose(of file: SourceFile) -> [(Int, String)] {
    // The output of programs in a page is theirs: that of ours is in their sources.
    var isOutput = false
    var isLiteral = false
    return file.lines.enumerated().flatMap { index, line -> [(Int, String)] in
      if file.path.hasSuffix(".md"), line.hasPrefix("```") { isOutput.toggle() }
      if isOutput { return [] }
      if file.path.hasSuffix(".swift"), !line.drop(while: { $0 == " " }).hasPrefix("//") {
        let wasLiteral = isLiteral
        for _ in line.ranges(of: "\"\"\"") { isLiteral.toggle() }
        if wasLiteral { return [(index + 1, String(line))] }
      }
      return texts(of: String(line), in: file.path).map { (index + 1, $0) }
    }
  }

  private static func texts(of line: String, in path: String) -> [String] {
    let text = line.drop { $0 == " " }
    switch path.split(separator: "/").last.map(String.init)?.split(separator: ".").last {
    case "swift", "h":
      if text.hasPrefix("//") { return [String(text)] }
      guard line.contains("\"") else { return [] }
      // A literal without a space is an identifier, such as the name of a column.
      return line.matches(of: /"((?:[^"\\]|\\.)*)"/).map { String($0.1) }
        .map { $0.replacing(/\\\([^)]*\)/, with: "") }.filter { $0.contains(" ") }
    case "yaml":
      if let match = text.firstMatch(of: /^(?:description|note):(.*)/) { return [String(match.1)] }
      return text.firstMatch(of: /#(.*)/).map { [String($0.1)] } ?? []
    case "md":
      return [line.replacing(/`[^`]*`/, with: "").replacing(/\]\([^)]*\)|<!--.*?-->/, with: "")]
    case "css", "txt", "modulemap": return []
    default:
      // Scripts: comments and string literals. SQL and XML: comments.
      if text.firstMatch(of: /^(?:#|--|<!--|""")/) != nil { return [String(text)] }
      guard line.contains("\"") else { return [] }
      return line.matches(of: /"([^"]*)"/).map { $0.1.replacing(/\{[^}]*\}/, with: "") }
        .map { String($0) }.filter { $0.contains(" ") }
    }
  }
}
