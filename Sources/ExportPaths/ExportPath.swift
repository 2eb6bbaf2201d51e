// Export path: one way to read every current observation of a project and window, defined by one
// `.sql` file.

import ClickHouseSQL
import Units

package struct ExportPath: Sendable, Equatable, Codable {
  /// The file's name without `.sql`, such as `limit-by`; with a label after `@` if a run has the
  /// same path twice, or with another settings profile.
  package internal(set) var name: String
  /// A `SELECT` without `FORMAT`. Its parameters are `{projectId: String}`, `{minTimestamp:
  /// DateTime64(3)}` and `{maxTimestamp: DateTime64(3)}`, both bounds inclusive.
  package internal(set) var sql: String
  /// Statements that run once before the `SELECT`, in its session and with its parameters.
  package let before: [String]
  /// Statements that run after it, such as `DROP`.
  package let after: [String]
  /// The longest slice of a window that one `SELECT` exports; slices are exported one after another
  /// into one file. Nil exports the whole window.
  package let slice: TimeSpan?
  /// Why it is wrong or cannot run on a cluster, in one line; nil if it can.
  package let notOnCluster: String?
  /// Names of the required schema objects in `SQL/objects`.
  package let needs: [String]
  /// The file's `SET` lines, which override profiles.
  package let settings: [SettingsProfile.Setting]
  /// Replaces the benchmark's profile.
  package internal(set) var profile: SettingsProfile?
  /// The file without its head, as a client would run it.
  package let text: String
  /// How it works, in one line.
  package let idea: String
  /// What it keeps in memory, in one line.
  package let keepsInMemory: String
  /// How its result deviates from the ground truth, in one line.
  package let getsWrong: String
  /// The table or view that it reads.
  package let reads: String
  /// Whether it comes from the user's folder.
  package internal(set) var isOwn = false

  /// Reads a path file: comment lines `-- key: text`, then lines `SET name = value;`, then
  /// statements, of which one is a `SELECT`. `SQL/README.md` has the rules.
  ///
  /// - Parameters:
  ///   - name: the file's name without `.sql`.
  ///   - label: the file's path for errors; `name` if nil.
  /// - Throws: ``ExportsError`` with file and line.
  package init(name: String, text: String, file label: String? = nil) throws(ExportsError) {
    // The name is printed in lists, tables and terminal lines.
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
      // The text is printed, and an example in it may contain a password.
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
          "export path \(name).sql, '-- slice: \(text)': a slice is at least one second long")
      }
    } else {
      slice = nil
    }
    self.text = file.body
    let script = try PathScript(
      file.body, firstLine: file.bodyLine, file: label ?? "\(name).sql")
    settings = script.settings
    guard let select = script.selects.first else {
      throw .inFile("export path \(name).sql has no SELECT; add one")
    }
    guard script.selects.count == 1 else {
      throw .inFile(
        "export path \(name).sql has \(script.selects.count) SELECTs, but a file can contain the "
          + "rows of only one; keep one")
    }
    (sql, before, after) = (select, script.before, script.after)
    // A session exists only on the server that it was opened on.
    notOnCluster =
      file.header["not on a cluster"]
      ?? (!before.isEmpty || !after.isEmpty
        ? "what its other statements create is on one server, and the shards do not see it" : nil)
  }

  package func replacing(sql: String) -> ExportPath {
    var path = self
    path.sql = sql
    return path
  }

  /// Slices of a window (milliseconds since 1970, both ends inclusive) in time order, without gaps;
  /// at least one.
  package func slices(of window: ClosedRange<Int64>) -> [ClosedRange<Int64>] {
    guard let slice else { return [window] }
    let length = Int64(slice.milliseconds)
    return stride(from: window.lowerBound, through: window.upperBound, by: Int(length)).map {
      $0...min($0 + length - 1, window.upperBound)
    }
  }

  /// Per export.
  package static let slicesMax = 100_000

  /// The number of slices of a window shorter than 2^62 milliseconds.
  package func sliceCount(of window: ClosedRange<Int64>) -> Int {
    guard let slice else { return 1 }
    return Int(window.upperBound - window.lowerBound) / slice.milliseconds + 1
  }
}

/// Error in SQL of the suite or of a user. The description is one sentence.
package struct ExportsError: Error, CustomStringConvertible, Sendable {
  package let description: String
  /// Whether the file is wrong, rather than a reference to it.
  package let isInFile: Bool

  package init(_ sentence: String) { (description, isInFile) = (oneLine(sentence), false) }

  private init(inFile sentence: String) { (description, isInFile) = (oneLine(sentence), true) }

  static func inFile(_ sentence: String) -> ExportsError { ExportsError(inFile: sentence) }
}

extension TimeSpan {
  fileprivate static let second = TimeSpan(milliseconds: 1000)
}
