// Splits a Markdown page into blocks: paragraphs, tables, quotes, fenced code and comments.
//
// Headings and list items are blocks of kind text. Fences count at any indentation, because they
// may be in a list.

struct MarkdownBlocks {
  private(set) var blocks: [MarkdownBlock] = []
  private var lines: ArraySlice<Substring>

  init(_ text: String) {
    lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)[...]
    while let line = lines.first {
      if line.allSatisfy(\.isWhitespace) {
        lines.removeFirst()
      } else if let fence = Self.fence(line) {
        take(.code, through: { Self.closes($0, fence) })
      } else if Self.opensComment(line) {
        take(.comment, through: { $0.contains("-->") })
      } else if Self.kind(of: line) == .text {
        take(.text, while: Self.continuesParagraph)
      } else {
        let kind = Self.kind(of: line)
        take(kind, while: { Self.kind(of: $0) == kind })
      }
    }
  }

  /// Consumes lines up to and including the first that meets a condition.
  private mutating func take(_ kind: MarkdownBlock.Kind, through isLast: (Substring) -> Bool) {
    let last = lines.dropFirst().firstIndex(where: isLast) ?? lines.endIndex - 1
    take(kind, lines[lines.startIndex...last])
  }

  /// Consumes the first line and following lines that meet a condition.
  private mutating func take(_ kind: MarkdownBlock.Kind, while isInside: (Substring) -> Bool) {
    let end = lines.dropFirst().firstIndex { !isInside($0) } ?? lines.endIndex
    take(kind, lines[lines.startIndex..<end])
  }

  private mutating func take(_ kind: MarkdownBlock.Kind, _ taken: ArraySlice<Substring>) {
    let (start, end) = (taken[taken.startIndex].startIndex, taken[taken.endIndex - 1].endIndex)
    blocks.append(MarkdownBlock(kind: kind, range: start..<end))
    lines = lines[taken.endIndex...]
  }

  private static func kind(of line: Substring) -> MarkdownBlock.Kind {
    switch line.first(where: { $0 != " " }) {
    case "|": .table
    case ">": .quote
    default: .text
    }
  }

  private static func continuesParagraph(_ line: Substring) -> Bool {
    !line.allSatisfy(\.isWhitespace) && fence(line) == nil && !opensComment(line)
      && kind(of: line) == .text && line.prefixMatch(of: /\s*([-*+]|\d+[.)]|#+)\s/) == nil
  }

  private static func opensComment(_ line: Substring) -> Bool {
    line.drop(while: \.isWhitespace).hasPrefix("<!--") && !line.contains("-->")
  }

  private static func fence(_ line: Substring) -> Substring? {
    line.prefixMatch(of: /\s*(?:(?:[-*+]|\d+[.)])\s+)*(```+(?!.*`)|~~~+)/)?.1
  }

  private static func closes(_ line: Substring, _ fence: Substring) -> Bool {
    let end = line.drop(while: \.isWhitespace).prefix { $0 == fence.first }
    return end.count >= fence.count && line[end.endIndex...].allSatisfy(\.isWhitespace)
  }
}
