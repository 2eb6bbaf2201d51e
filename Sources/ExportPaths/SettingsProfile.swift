// A profile of settings under which exports run: one `.sql` file of `SET` statements, which can be
// pasted into a client as it is.

/// Named settings of an export.
package struct SettingsProfile: Sendable, Equatable, Codable {
  package struct Setting: Sendable, Equatable, Codable {
    package let name: String
    /// Its value, without quotes.
    package let value: String
    /// As a client takes it: `SET max_threads = 2;`.
    package var statement: String {
      let isNumber = Double(value) != nil
      return "SET \(name) = \(isNumber ? value : "'\(value)'");"
    }
    /// The first version of the server that knows it, such as `25.3`; nil where all do.
    package let since: String?
    /// Whether a path is not right without it, so that it cannot run on an older server.
    package let isNeeded: Bool
  }

  /// The file's name without `.sql`, such as `lean`.
  package let name: String
  /// What it is for, in one line.
  package let idea: String
  /// The settings in the order of the file.
  package let settings: [Setting]

  /// Reads a profile: a line `-- idea: …` at its head, then lines `SET name = value;`, where a
  /// comment `-- since 25.3` may follow.
  ///
  /// - Throws: ``ExportsError`` that names the file and the line.
  package init(name: String, text: String) throws(ExportsError) {
    let file = HeadedFile(text)
    guard let idea = file.header["idea"] else {
      throw .inFile(
        "settings profile \(name).sql has no line '-- idea: …' at its head; add one")
    }
    self.name = name
    self.idea = idea
    settings = try Setting.all(of: file.body, firstLine: file.bodyLine, file: "\(name).sql")
  }
}

extension SettingsProfile.Setting {
  /// Reads lines that are settings or comments.
  fileprivate static func all(
    of body: String, firstLine: Int, file: String
  ) throws(ExportsError) -> [Self] {
    var settings: [Self] = []
    let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
    for (place, line) in lines.enumerated() {
      if line.trimmed.isEmpty || line.trimmed.hasPrefix("--") { continue }
      guard let setting = Self(line) else {
        throw .inFile(
          "\(file):\(firstLine + place): this is no setting; write it like SET max_threads = 2;")
      }
      if let sentence = setting.refusal {
        throw .inFile("\(file):\(firstLine + place): \(sentence)")
      }
      settings.append(setting)
    }
    return settings
  }

  /// Reads a line; nil where it is no setting.
  init?(_ line: Substring) {
    guard line.prefix(4).uppercased() == "SET " else { return nil }
    let parts = line.dropFirst(4).split(separator: "=", maxSplits: 1).map(\.trimmed)
    guard parts.count == 2, !parts[0].isEmpty, parts[0].allSatisfy(Self.isNameCharacter) else {
      return nil
    }
    let quote: Character = "'"
    let isQuoted = parts[1].first == quote
    let text = isQuoted ? parts[1].dropFirst() : parts[1][...]
    guard let end = text.firstIndex(of: isQuoted ? quote : ";"), isQuoted || end > text.startIndex,
      isQuoted || text[..<end].trimmed.allSatisfy(Self.isValueCharacter),
      // An escape would have to be read as the server reads it.
      !text[..<end].contains("\\")
    else { return nil }
    let rest = (isQuoted ? text[end...].dropFirst() : text[end...]).trimmed
    guard rest.first == ";", let since = Self.since(rest.dropFirst().trimmed) else { return nil }
    isNeeded = rest.hasSuffix(", needed")
    name = parts[0]
    value = isQuoted ? String(text[..<end]) : text[..<end].trimmed
    self.since = since
  }

  /// What a comment such as `-- since 25.3` says; nil where it is no comment, or names no version.
  private static func since(_ comment: String) -> String?? {
    guard !comment.isEmpty else { return .some(nil) }
    guard comment.hasPrefix("--") else { return nil }
    let words = comment.dropFirst(2).split(separator: " ")
    guard words.first == "since" else { return .some(nil) }
    let numbers = words.dropFirst().first.map { $0.last == "," ? $0.dropLast() : $0 }?
      .split(separator: ".", omittingEmptySubsequences: false)
    guard let numbers, numbers.count >= 2, numbers.allSatisfy({ Int($0) != nil }) else {
      return nil
    }
    return .some(numbers.joined(separator: "."))
  }

  private static func isNameCharacter(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || character == "_")
  }

  private static func isValueCharacter(_ character: Character) -> Bool {
    isNameCharacter(character) || "+-.".contains(character)
  }
}
