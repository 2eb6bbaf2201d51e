// An export path: one way to get every surviving observation of a project and window out of
// ClickHouse. A path is one `.sql` file; this is what the rest of the suite knows about it.

import ClickHouseSQL
import Units

/// One way of exporting a window.
package struct ExportPath: Sendable, Equatable, Codable {
  /// The file's name without `.sql`, such as `limit-by`; with a label after an `@` where a run has
  /// the same path twice, or under another profile of settings.
  package internal(set) var name: String
  /// The `SELECT`, without a `FORMAT`. Its parameters are `{projectId: String}`,
  /// `{minTimestamp: DateTime64(3)}` and `{maxTimestamp: DateTime64(3)}`, both bounds inclusive.
  package internal(set) var sql: String
  /// Statements that run before the `SELECT`, once, in its session and with its parameters.
  package let before: [String]
  /// Statements that run after it, such as those that drop what the first made.
  package let after: [String]
  /// The longest piece of a window that one `SELECT` exports; pieces are exported one after another
  /// into one file. Nil exports the window as a whole.
  package let slice: TimeSpan?
  /// Why it is not right on a cluster, or cannot run there, in one line; nil where it is.
  package let notOnCluster: String?
  /// Names of the schema objects beyond table and view that it reads: files of `SQL/objects`.
  package let needs: [String]
  /// Settings that are part of the path, whatever the profile says: `SET` lines of its file.
  package let settings: [SettingsProfile.Setting]
  /// The settings that it runs with instead of a benchmark's own profile.
  package internal(set) var profile: SettingsProfile?
  /// The whole file without its head: what runs, as a client would take it.
  package let text: String
  /// How it works, in one line.
  package let idea: String
  /// What it holds in memory, in one line.
  package let keepsInMemory: String
  /// Where its answer differs from the truth, in one line.
  package let getsWrong: String
  /// The table or view that it reads.
  package let reads: String
  /// Whether it is of a user's own folder.
  package internal(set) var isOwn = false

  /// Reads a path file: comment lines `-- key: text` at its head, then lines `SET name = value;` as
  /// in a settings profile, then statements, of which one is a `SELECT`. `SQL/README.md` says what
  /// they may be.
  ///
  /// - Parameters:
  ///   - name: the file's name without `.sql`.
  ///   - text: its text.
  ///   - label: its path for errors; nil for its name.
  /// - Throws: ``ExportsError`` that names the file, and the line of what it must not hold.
  package init(name: String, text: String, file label: String? = nil) throws(ExportsError) {
    // Names stand in lists, in tables and in lines of terminals.
    let isPlain = name.unicodeScalars.allSatisfy {
      !["@", ","].contains($0) && $0.properties.generalCategory != .control
    }
    guard isPlain, !name.isEmpty else {
      throw ExportsError(
        "the export path '\(name.filter { !$0.isNewline })' has a comma, an '@' or a control "
          + "character in its name; rename the file")
    }
    let file = HeadedFile(text)
    func field(_ key: String) throws(ExportsError) -> String {
      guard let value = file.header[key] else {
        throw .inFile(
          "export path \(name).sql has no line '-- \(key): …' at its head; add one")
      }
      // It is printed; somebody may have written an example with a password.
      return SecretMask.masked(message: value)
    }
    self.name = name
    idea = try field("idea")
    keepsInMemory = try field("keeps in memory")
    getsWrong = try field("gets wrong")
    reads = try field("reads")
    needs = (file.header["needs"] ?? "").split(separator: ",").map(\.trimmed)
    if let text = file.header["slice"] {
      do { slice = try TimeSpan(parsing: text) } catch {
        throw .inFile("export path \(name).sql, '-- slice: \(text)': \(error)")
      }
      guard slice ?? .second >= .second else {
        throw .inFile(
          "export path \(name).sql, '-- slice: \(text)': a slice has a second or more")
      }
    } else {
      slice = nil
    }
    self.text = file.body
    let script = try PathScript(
      file.body, firstLine: file.bodyLine, file: label ?? "\(name).sql")
    settings = script.settings
    guard let select = script.selects.first else {
      throw .inFile("export path \(name).sql holds no SELECT; add one")
    }
    guard script.selects.count == 1 else {
      throw .inFile(
        "export path \(name).sql holds \(script.selects.count) SELECTs, and one file can have the "
          + "rows of one only; keep one")
    }
    (sql, before, after) = (select, script.before, script.after)
    // What a session holds is on the server that the session is with.
    notOnCluster =
      file.header["not on a cluster"]
      ?? (!before.isEmpty || !after.isEmpty
        ? "what its other statements make is on one server, and the shards do not see it" : nil)
  }

  /// The same path with another `SELECT`.
  package func replacing(sql: String) -> ExportPath {
    var path = self
    path.sql = sql
    return path
  }

  /// The pieces of a window that are exported one after another, in the order of their time.
  ///
  /// - Parameter window: milliseconds since 1970, both ends inclusive.
  /// - Returns: ranges of the same kind that cover it without a gap: at least one.
  package func slices(of window: ClosedRange<Int64>) -> [ClosedRange<Int64>] {
    guard let slice else { return [window] }
    let length = Int64(slice.milliseconds)
    return stride(from: window.lowerBound, through: window.upperBound, by: Int(length)).map {
      $0...min($0 + length - 1, window.upperBound)
    }
  }

  /// The most slices of one export.
  package static let slicesMax = 100_000

  /// How many slices a window of fewer than 2^62 milliseconds has.
  package func sliceCount(of window: ClosedRange<Int64>) -> Int {
    guard let slice else { return 1 }
    return Int(window.upperBound - window.lowerBound) / slice.milliseconds + 1
  }
}

/// SQL that ships with the suite, or that a user adds, and that cannot be used. The description is
/// one sentence.
package struct ExportsError: Error, CustomStringConvertible, Sendable {
  /// The sentence.
  package let description: String
  /// Whether a file is wrong, and not what names it.
  package let isInFile: Bool

  package init(_ sentence: String) { (description, isInFile) = (oneLine(sentence), false) }

  private init(inFile sentence: String) { (description, isInFile) = (oneLine(sentence), true) }

  /// The content of a file is wrong.
  static func inFile(_ sentence: String) -> ExportsError { ExportsError(inFile: sentence) }
}

extension TimeSpan {
  fileprivate static let second = TimeSpan(milliseconds: 1000)
}
