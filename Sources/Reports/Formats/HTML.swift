// Pieces of a page. Text becomes HTML in one place, where it is escaped; so what a file or a server
// says is never markup.

/// A piece of a page.
struct HTML: Equatable {
  package let text: String

  init(_ text: String) {
    var out = ""
    for character in clean(text) {
      switch character {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      default: out.append(character)
      }
    }
    self.text = out
  }

  /// What is HTML already: our own style sheet, a drawing of ours.
  init(markup: String) { text = markup }

  package static let nothing = HTML(markup: "")
}

/// An element with its children, which line breaks separate where `lines` says so. Attributes
/// without a value are left out.
func element(
  _ name: String, _ attributes: KeyValuePairs<String, String>, lines: Bool = false,
  _ children: [HTML]
) -> HTML {
  let open = attributes.reduce(into: "<\(name)") {
    if !$1.value.isEmpty { $0 += " \($1.key)=\"\(HTML($1.value).text)\"" }
  }
  let separator = lines ? "\n" : ""
  let inside = children.map(\.text).filter { !$0.isEmpty }.joined(separator: separator)
  return HTML(markup: "\(open)>\(separator)\(inside)\(separator)</\(name)>")
}

func element(_ name: String, lines: Bool = false, _ children: [HTML]) -> HTML {
  element(name, [:], lines: lines, children)
}

func element(_ name: String, _ attributes: KeyValuePairs<String, String>, _ text: String) -> HTML {
  element(name, attributes, [HTML(text)])
}

func element(_ name: String, _ text: String) -> HTML { element(name, [:], [HTML(text)]) }
