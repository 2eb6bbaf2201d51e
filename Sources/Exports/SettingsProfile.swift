// A profile of settings under which exports run: one `.sql` file of `SET` statements, which can be
// pasted into a client as it is.

/// Named settings of an export.
public struct SettingsProfile: Sendable, Equatable, Codable {
  /// One setting.
  public struct Setting: Sendable, Equatable, Codable {
    /// Its name.
    public let name: String
    /// Its value, without quotes.
    public let value: String
    /// As a client takes it: `SET max_threads = 2;`.
    public var statement: String {
      let isNumber = Double(value) != nil
      return "SET \(name) = \(isNumber ? value : "'\(value)'");"
    }
    /// The first version of the server that knows it, such as `25.3`; nil where all do.
    public let since: String?
  }

  /// The file's name without `.sql`, such as `lean`.
  public let name: String
  /// What it is for, in one line.
  public let idea: String
  /// The settings in the order of the file.
  public let settings: [Setting]

  /// Reads a profile: a line `-- idea: …` at its head, then lines `SET name = value;`, where a
  /// comment `-- since 25.3` may follow.
  ///
  /// - Throws: ``ExportsError`` that names the file and the line.
  public init(name: String, text: String) throws(ExportsError) {
    let file = HeadedFile(text)
    guard let idea = file.header["idea"] else {
      throw ExportsError(
        "settings profile \(name).sql has no line '-- idea: …' at its head; add one")
    }
    self.name = name
    self.idea = idea
    let split = try Setting.split(file.body, of: "settings profile \(name).sql")
    guard split.rest.split(separator: "\n").allSatisfy({ $0.trimmed.hasPrefix("--") }) else {
      throw ExportsError(
        "settings profile \(name).sql holds more than settings; write lines like "
          + "SET max_threads = 2;")
    }
    settings = split.settings
  }
}

extension SettingsProfile.Setting {
  /// Takes the `SET` lines out of a file's body.
  static func split(
    _ body: String, of file: String
  ) throws(ExportsError) -> (settings: [Self], rest: String) {
    var settings: [Self] = []
    var rest: [Substring] = []
    for line in body.split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.prefix(4).uppercased() == "SET " else {
        rest.append(line)
        continue
      }
      guard let setting = Self(line) else {
        throw ExportsError(
          "\(file): '\(line.trimmed)' is no setting; write it like SET max_threads = 2;")
      }
      settings.append(setting)
    }
    return (settings, rest.joined(separator: "\n"))
  }

  private init?(_ line: Substring) {
    guard let end = line.lastIndex(of: ";"), line.prefix(4).uppercased() == "SET " else {
      return nil
    }
    let parts = line[..<end].dropFirst(4).split(separator: "=", maxSplits: 1).map(\.trimmed)
    guard parts.count == 2, !parts[1].isEmpty,
      parts[0].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
    else { return nil }
    name = parts[0]
    let quoted = parts[1].count > 1 && parts[1].first == "'" && parts[1].last == "'"
    value = quoted ? String(parts[1].dropFirst().dropLast()) : parts[1]
    let comment = line[line.index(after: end)...].trimmed
    let since = comment.split(separator: " ")
    self.since = since.count >= 3 && since[1] == "since" ? String(since[2]) : nil
  }
}
