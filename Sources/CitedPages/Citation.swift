// Fills citations in Markdown: the text of a link whose title is a citation comes from a run.
//
//     The view takes [0.535 [0.519, 0.548]][memory-30d] of the memory.
//
//     [memory-30d]: ../../results/reference/claim-25.8/samples.csv
//       "ratio export fresh 30d memory_peak_bytes mv-final/limit-by"
//
// The run is the folder of the linked file. Below a link that is a separate paragraph, with the
// title "table TITLE" or "file", a table of the report or the linked file is written.

import Foundation
import Reports
import Analysis

struct Citation {
  enum Kind: String { case median, ratio, verdict, reason, table, file }

  let kind: Kind
  let words: [String]
  /// Relative to the folder of runs.
  let file: String
  /// Relative to the folder of runs.
  let run: String

  /// A citation links to a file and has a title that starts with a kind.
  static func kind(of target: MarkdownTarget) -> Kind? {
    guard target.destination.prefixMatch(of: /[A-Za-z][A-Za-z0-9+.-]+:/) == nil,
      let word = target.title?.split(whereSeparator: \.isWhitespace).first
    else { return nil }
    return Kind(rawValue: String(word))
  }

  init?(_ target: MarkdownTarget, page: String, runs: String) throws {
    guard let kind = Self.kind(of: target) else { return nil }
    self.kind = kind
    words = (target.title ?? "").split(whereSeparator: \.isWhitespace).dropFirst().map(String.init)
    let destination = target.destination.removingPercentEncoding ?? target.destination
    let file = Self.components(
      destination.hasPrefix("/") ? destination : "\(page)/../\(destination)")
    let folder = Self.components(runs)
    guard file.starts(with: folder), file.count > folder.count + 1 else {
      throw Citations.Mistake(
        "links to \(destination), which is in no run under \(runs); link to a file of a run, or "
          + "name the folder of the runs with --runs")
    }
    let inner = file.dropFirst(folder.count)
    self.file = inner.joined(separator: "/")
    run = inner.dropLast().joined(separator: "/")
  }

  private static func components(_ path: String) -> [Substring] {
    path.split(separator: "/", omittingEmptySubsequences: true).reduce(into: []) { out, part in
      if part == "..", let last = out.last, last != ".." {
        out.removeLast()
      } else if part != "." {
        out.append(part)
      }
    }
  }
}

package struct Citations {
  private let runs: String
  private let figures: CitedFigures

  /// - Parameters:
  ///   - runs: absolute, or relative to the same folder as the pages.
  ///   - run, sweep, exists, file: take a path relative to `runs`; `sweep` returns nil if there is
  ///   none.
  package init(
    runs: String, run: @escaping (String) throws -> Findings,
    sweep: @escaping (String) throws -> SweepFindings?,
    exists: @escaping (String) -> Bool, file: @escaping (String) throws -> String
  ) {
    self.runs = runs
    figures = CitedFigures(run: run, sweep: sweep, exists: exists, file: file)
  }

  package struct Mistake: Error {
    /// From 1; 0 if unknown.
    public internal(set) var line = 0
    package let sentence: String
    var position: String.Index?

    package init(_ sentence: String) { self.sentence = sentence }

    init(_ sentence: String, at position: String.Index) {
      (self.sentence, self.position) = (sentence, position)
    }
  }

  /// - Parameter page: path to which its links are relative.
  /// - Throws: ``Mistake``, and the errors of the readers of runs and files.
  package func filled(_ text: String, page: String) throws -> String {
    do {
      let markdown = MarkdownPage(text)
      try check(markdown)
      return try filled(text, markdown, page: page)
    } catch var mistake as Mistake {
      if let position = mistake.position {
        mistake.line = text[..<position].count(where: \.isNewline) + 1
      }
      throw mistake
    }
  }

  private func filled(_ text: String, _ markdown: MarkdownPage, page: String) throws -> String {
    var (out, done) = ("", text.startIndex)
    for link in markdown.links {
      guard let target = try target(of: link, in: markdown) else { continue }
      do {
        guard let citation = try Citation(target, page: page, runs: runs) else { continue }
        let edit = try edit(citation, of: link, in: markdown)
        // A link in a table that a citation replaces no longer exists.
        guard edit.range.lowerBound >= done else { continue }
        out += text[done..<edit.range.lowerBound] + edit.text
        done = edit.range.upperBound
      } catch var mistake as Mistake {
        mistake.position = mistake.position ?? target.position
        throw mistake
      }
    }
    return out + text[done...]
  }

  private func target(of link: MarkdownLink, in markdown: MarkdownPage) throws -> MarkdownTarget? {
    switch link.form {
    case .inline(let target): return target
    case .reference(let label):
      guard let target = markdown.definitions[label] else {
        throw Mistake(
          "[\(label)] is not defined; add [\(label)]: FILE-OF-THE-RUN \"KIND WHAT\" after an empty "
            + "line", at: link.position)
      }
      return target
    case .shortcut(let label):
      guard let target = markdown.definitions[label], Citation.kind(of: target) != nil else {
        return nil
      }
      throw Mistake("[\(label)] has no text to write; use [value][\(label)]", at: link.position)
    }
  }

  private func words(_ text: Substring) -> [Substring] {
    text.split(whereSeparator: \.isWhitespace)
  }

  private func edit(
    _ citation: Citation, of link: MarkdownLink, in markdown: MarkdownPage
  ) throws -> (range: Range<String.Index>, text: String) {
    let kinds: [MarkdownBlock.Kind]
    switch citation.kind {
    case .median, .ratio, .verdict, .reason:
      let text = MarkdownPage.linkText(try figures.text(of: citation))
      // Line breaks in links become spaces.
      let found = markdown.text[link.text]
      return (link.text, words(found) == words(text[...]) ? String(found) : text)
    case .table: kinds = [.table, .quote]
    case .file: kinds = [.code]
    }
    guard let paragraph = link.paragraph else {
      throw Mistake(
        "a \(citation.kind.rawValue) is written below its link; put the link in a paragraph of its "
          + "own", at: link.position)
    }
    let start = markdown.blocks[paragraph].range.upperBound
    var following = markdown.blocks[(paragraph + 1)...]
    var end = start
    for kind in kinds where following.first?.kind == kind {
      end = following.removeFirst().range.upperBound
    }
    return (start..<end, "\n\n" + (try figures.text(of: citation)))
  }

  private func check(_ markdown: MarkdownPage) throws {
    if let old = markdown.comments.first(where: { $0.text.hasPrefix("cite ") }) {
      throw Mistake(
        "citations in comments are obsolete; write [value][label], and at the end of the page "
          + "[label]: FILE-OF-THE-RUN \"KIND WHAT\"", at: old.position)
    }
    let cited = markdown.definitions.filter { Citation.kind(of: $0.value) != nil }
    if let again = markdown.repeated.first(where: { cited.keys.contains($0.label) }) {
      throw Mistake(
        "[\(again.label)] is defined twice; choose another label", at: again.position)
    }
    let used = Set(markdown.links.compactMap(\.label))
    if let unused = cited.filter({ !used.contains($0.key) }).min(by: {
      $0.value.position < $1.value.position
    }) {
      throw Mistake(
        "nothing uses [\(unused.key)]; write [value][\(unused.key)] or remove it",
        at: unused.value.position)
    }
  }
}
