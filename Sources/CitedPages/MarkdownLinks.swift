// Finds links in a Markdown page: inline links, reference links and definitions.
//
// Implements the required part of CommonMark (https://spec.commonmark.org/0.31.2/#links). Skips
// code spans, fenced code and comments. Does not read definitions in lists and quotes.

import Reports

struct MarkdownTarget: Equatable {
  let destination: String
  let title: String?
  /// Of the definition, or of an inline link.
  let position: String.Index
}

struct MarkdownLink {
  enum Form {
    /// `[text](destination "title")`
    case inline(MarkdownTarget)
    /// `[text][label]`
    case reference(label: String)
    /// `[label]` or `[label][]`; a link only if the label is defined.
    case shortcut(label: String)
  }

  let form: Form
  let text: Range<String.Index>
  let position: String.Index
  /// Index in ``MarkdownPage/blocks`` if the link is the whole block.
  var paragraph: Int?

  var label: String? {
    switch form {
    case .inline: nil
    case .reference(let label), .shortcut(let label): label
    }
  }
}

struct MarkdownBlock {
  enum Kind { case text, table, quote, code, comment }

  let kind: Kind
  /// Without the final line break.
  let range: Range<String.Index>
}

struct MarkdownPage {
  let text: String
  private(set) var blocks: [MarkdownBlock] = []
  private(set) var links: [MarkdownLink] = []
  /// By ``label(_:)``; as in Markdown, the first of two definitions counts.
  private(set) var definitions: [String: MarkdownTarget] = [:]
  private(set) var repeated: [(label: String, position: String.Index)] = []
  private(set) var comments: [(text: String, position: String.Index)] = []

  init(_ text: String) {
    self.text = text
    blocks = MarkdownBlocks(text).blocks
    for (number, block) in blocks.enumerated() {
      switch block.kind {
      case .code, .comment: continue
      case .quote: scan(text[block.range], number)
      case .text: scan(readDefinitions(text[block.range]), number)
      case .table:
        for row in text[block.range].split(whereSeparator: \.isNewline) { scan(row, number) }
      }
    }
  }

  /// Normalizes case and white space.
  static func label(_ text: some StringProtocol) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ").lowercased()
  }

  /// Escapes markup and brackets.
  static func linkText(_ text: String) -> String {
    var depth = 0
    let isBalanced = text.allSatisfy { character in
      depth += character == "[" ? 1 : character == "]" ? -1 : 0
      return depth >= 0
    }
    let markup = "\\`*<|" + (isBalanced && depth == 0 ? "" : "[]")
    return clean(text).reduce(into: "") { out, character in
      if markup.contains(character) { out.append("\\") }
      out.append(character)
    }
  }

  /// Returns the rest of the block after its definitions.
  private mutating func readDefinitions(_ block: Substring) -> Substring {
    var cursor = MarkdownCursor(block)
    while let (label, target) = cursor.definition() {
      if definitions[label] == nil {
        definitions[label] = target
      } else {
        repeated.append((label, target.position))
      }
    }
    return block[cursor.index...]
  }

  private mutating func scan(_ text: Substring, _ block: Int) {
    var scanner = MarkdownScanner(text)
    scanner.scan()
    comments += scanner.comments
    let end = text.lastIndex { !$0.isWhitespace }.map { text.index(after: $0) }
    for var link in scanner.links {
      let isWhole =
        link.position == text.firstIndex { !$0.isWhitespace } && scanner.ends[link.position] == end
      if isWhole, blocks[block].kind == .text { link.paragraph = block }
      links.append(link)
    }
  }
}

private struct MarkdownScanner {
  private var cursor: MarkdownCursor
  private var openers: [(bracket: String.Index, isImage: Bool)] = []
  private(set) var links: [MarkdownLink] = []
  private(set) var ends: [String.Index: String.Index] = [:]
  private(set) var comments: [(text: String, position: String.Index)] = []

  init(_ text: Substring) { cursor = MarkdownCursor(text) }

  mutating func scan() {
    while let character = cursor.peek {
      let start = cursor.index
      switch character {
      case "\\":
        cursor.advance()
        cursor.advance()
      case "`": cursor.skipCodeSpan()
      case "<":
        if let comment = cursor.comment() {
          comments.append((comment, start))
        } else {
          cursor.advance()
        }
      case "!":
        cursor.advance()
        if cursor.peek == "[" { open(isImage: true) }
      case "[": open(isImage: false)
      case "]":
        cursor.advance()
        if let opener = openers.popLast() { close(opener, at: start) }
      default: cursor.advance()
      }
    }
  }

  private mutating func open(isImage: Bool) {
    openers.append((cursor.index, isImage))
    cursor.advance()
  }

  private mutating func close(
    _ opener: (bracket: String.Index, isImage: Bool), at end: String.Index
  ) {
    let range = cursor.text.index(after: opener.bracket)..<end
    let text = cursor.text[range]
    let form: MarkdownLink.Form
    if let target = cursor.inlineTarget(of: opener.bracket) {
      form = .inline(target)
    } else if let label = cursor.label() {
      form = label.isEmpty ? .shortcut(label: MarkdownPage.label(text)) : .reference(label: label)
    } else {
      form = .shortcut(label: MarkdownPage.label(text))
    }
    guard !opener.isImage else { return }
    links.append(MarkdownLink(form: form, text: range, position: opener.bracket))
    ends[opener.bracket] = cursor.index
    // Links do not nest, so outer brackets are text.
    if case .shortcut = form { return }
    openers.removeAll { !$0.isImage }
  }
}
