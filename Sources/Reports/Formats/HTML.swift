// HTML fragments. Text is escaped in one place, so that files and servers cannot inject markup.

struct HTML: Equatable {
  let text: String

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

  /// - Parameter markup: trusted HTML, such as the style sheet or a drawing.
  init(markup: String) { text = markup }

  static let nothing = HTML(markup: "")
}

/// `lines` separates the children by line breaks. Attributes without a value are omitted.
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
