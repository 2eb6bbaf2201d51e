// Settings profile of exports: one `.sql` file of `SET` statements that a client can run.

package struct SettingsProfile: Sendable, Equatable, Codable {
  package struct Setting: Sendable, Equatable, Codable {
    package let name: String
    /// Unquoted.
    package let value: String
    /// Such as `SET max_threads = 2;`.
    package var statement: String {
      let isNumber = Double(value) != nil
      return "SET \(name) = \(isNumber ? value : "'\(value)'");"
    }
    /// The first server version that knows it, such as `25.3`; nil for all.
    package let since: String?
    /// Whether the path is wrong without it, so that it cannot run on an older server.
    package let isNeeded: Bool
  }

  /// The file's name without `.sql`, such as `lean`.
  package let name: String
  /// Its purpose, in one line.
  package let idea: String
  /// In file order.
  package let settings: [Setting]

  /// Reads a line `-- idea: …`, then lines `SET name = value;` with an optional comment `-- since
  /// 25.3`.
  ///
  /// - Throws: ``ExportsError`` with file and line.
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
          "\(file):\(firstLine + place): this is not a setting; write it like SET max_threads = 2;")
      }
      if let sentence = setting.refusal {
        throw .inFile("\(file):\(firstLine + place): \(sentence)")
      }
      settings.append(setting)
    }
    return settings
  }

  /// Nil if the line is no setting.
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
      // An escape would have to be parsed as the server does.
      !text[..<end].contains("\\")
    else { return nil }
    let rest = (isQuoted ? text[end...].dropFirst() : text[end...]).trimmed
    guard rest.first == ";", let since = Self.since(rest.dropFirst().trimmed) else { return nil }
    isNeeded = rest.hasSuffix(", needed")
    name = parts[0]
    value = isQuoted ? String(text[..<end]) : text[..<end].trimmed
    self.since = since
  }

  /// The version of a comment such as `-- since 25.3`; nil if it is no comment or has no version.
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

  static func isNameCharacter(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || character == "_")
  }

  private static func isValueCharacter(_ character: Character) -> Bool {
    isNameCharacter(character) || "+-.".contains(character)
  }
}
