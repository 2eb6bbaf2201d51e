// Finds the links of a Markdown page: inline links, reference links and the definitions of labels.
//
// Follows CommonMark (https://spec.commonmark.org/0.31.2/#links) as far as links need it. Code
// spans, fenced code and comments are skipped. Definitions are read outside of lists and quotes.

/// Where a link leads.
struct MarkdownTarget: Equatable {
  let destination: String
  let title: String?
  /// The place of the definition, or of the link itself if that is inline.
  let position: String.Index
}

/// A link in the text of a page.
struct MarkdownLink {
  enum Form {
    /// `[text](destination "title")`
    case inline(MarkdownTarget)
    /// `[text][label]`
    case reference(label: String)
    /// `[label]` or `[label][]`, which is a link only where the label is defined.
    case shortcut(label: String)
  }

  let form: Form
  /// The text between the brackets.
  let text: Range<String.Index>
  let position: String.Index
  /// The number of the block in ``MarkdownPage/blocks`` if the link is all of it.
  var paragraph: Int?

  /// The label of a definition that the link may be to.
  var label: String? {
    switch form {
    case .inline: nil
    case .reference(let label), .shortcut(let label): label
    }
  }
}

/// A part of a page that blank lines or a change of kind delimit.
struct MarkdownBlock {
  enum Kind { case text, table, quote, code, comment }

  let kind: Kind
  /// Without the line break at its end.
  let range: Range<String.Index>
}

/// The blocks, links and definitions of a page.
struct MarkdownPage {
  let text: String
  private(set) var blocks: [MarkdownBlock] = []
  private(set) var links: [MarkdownLink] = []
  /// The definitions by ``label(_:)``; of two with one label, Markdown takes the first.
  private(set) var definitions: [String: MarkdownTarget] = [:]
  /// The second definitions of a label.
  private(set) var repeated: [(label: String, position: String.Index)] = []
  /// The beginnings of comments, with their text.
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

  /// How a label is compared: without regard to case and to the number of spaces.
  static func label(_ text: some StringProtocol) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ").lowercased()
  }

  /// A text as the text of a link: nothing in it is markup, and its brackets are balanced.
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

  /// Reads the definitions at the start of a block; returns what follows them.
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

/// Finds links in the text of one block.
private struct MarkdownScanner {
  private var cursor: MarkdownCursor
  private var openers: [(bracket: String.Index, isImage: Bool)] = []
  private(set) var links: [MarkdownLink] = []
  /// Where the link that begins at an index ends.
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
    // A link holds no other link, so what is open around it is text.
    if case .shortcut = form { return }
    openers.removeAll { !$0.isImage }
  }
}
