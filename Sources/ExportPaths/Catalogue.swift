// Catalogue of the suite's `.sql` files: schema, migrations, export paths. A new file in a folder
// is found without further registration.

import Files
import Foundation

/// The folders under `SQL/`, and a folder with the user's paths.
package enum Catalogue {
  /// All export paths, sorted by name.
  ///
  /// - Parameter ownPaths: a folder with the user's paths; they take precedence over equal names.
  /// - Throws: ``ExportsError`` for an unreadable folder or file, or an invalid path.
  package static func paths(ownPaths: String? = nil) throws(ExportsError) -> [ExportPath] {
    var found: [String: ExportPath] = [:]
    for folder in ["\(root)/paths", ownPaths].compactMap(\.self) {
      for file in try files(in: folder) where file.hasSuffix(".sql") {
        let name = String(file.dropLast(4))
        let isOwn = folder == ownPaths
        var path = try ExportPath(
          name: name, text: try text(of: "\(folder)/\(file)"),
          file: isOwn ? "\(folder)/\(file)" : nil)
        path.isOwn = isOwn
        found[name] = path
      }
    }
    return found.values.sorted { $0.name < $1.name }
  }

  /// The named export paths, in that order.
  ///
  /// `limit-by@lean` is the path `limit-by` with the settings profile `lean`. `limit-by@again` runs
  /// the same path a second time (A/A), which measures noise.
  package static func paths(
    named names: [String], ownPaths: String? = nil
  ) throws(ExportsError) -> [ExportPath] {
    let known = try paths(ownPaths: ownPaths)
    let profiles = try profiles()
    var found: [ExportPath] = []
    for name in names {
      let parts = name.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
      guard var path = known.first(where: { $0.name == parts[0] }) else {
        throw ExportsError(
          "there is no export path '\(parts[0])'; there are: "
            + known.map(\.name).joined(separator: ", "))
      }
      if parts.count > 1 {
        path.name = name
        path.profile = profiles.first { $0.name == parts[1] }
        guard path.profile != nil || isAgain(parts[1]) else {
          throw ExportsError(
            "the export path '\(name)' names no settings profile after its '@'; there are: "
              + profiles.map(\.name).joined(separator: ", ")
              + "; or write \(parts[0])@again to compare it with itself")
        }
      }
      found.append(path)
    }
    return found
  }

  /// `again`, `again-2`: any other label would be a misspelt profile.
  private static func isAgain(_ label: Substring) -> Bool {
    label.hasPrefix("again")
      && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
  }

  package static func profiles() throws(ExportsError) -> [SettingsProfile] {
    var found: [SettingsProfile] = []
    for file in try files("profiles") where file.hasSuffix(".sql") {
      found.append(
        try SettingsProfile(name: String(file.dropLast(4)), text: try read("profiles/\(file)")))
    }
    return found
  }

  package static func profile(named name: String) throws(ExportsError) -> SettingsProfile {
    let known = try profiles()
    guard let found = known.first(where: { $0.name == name }) else {
      throw ExportsError(
        "there is no settings profile '\(name)'; there are: "
          + known.map(\.name).joined(separator: ", "))
    }
    return found
  }

  /// The schema objects that these paths need in addition to table and view, each once and in
  /// order.
  package static func objects(for paths: [ExportPath]) throws(ExportsError) -> [SchemaObject] {
    let known = try files("objects").filter { $0.hasSuffix(".sql") }.map { String($0.dropLast(4)) }
    var found: [SchemaObject] = []
    for path in paths {
      for name in path.needs where !found.contains(where: { $0.name == name }) {
        guard known.contains(name) else {
          throw ExportsError(
            "export path \(path.name).sql needs '\(name)', which does not exist; there are: "
              + known.joined(separator: ", "))
        }
        found.append(SchemaObject(name: name, source: try read("objects/\(name).sql")))
      }
    }
    return found
  }

  /// The `CREATE TABLE` statement of the exported table.
  package static func observations(_ form: Migration.Form = .unclustered) throws(ExportsError)
    -> String
  {
    form.text(of: try read("schema/observations.sql"))
  }

  /// The `CREATE TABLE` statement of a Distributed table. All names are validated and quoted.
  ///
  /// - Parameters:
  ///   - table: its name, which is also that of the shards' tables.
  ///   - front: its database.
  ///   - local: the database of the shards' tables.
  package static func distributed(
    _ table: String, in front: String, over local: String, on cluster: String
  ) throws(ExportsError) -> String {
    // In one pass: a name may itself look like a place for one.
    var rest = try read("schema/distributed.sql")[...]
    var text = ""
    while let place = rest.firstMatch(of: /\{(table|front|local|cluster)\}/) {
      text += rest[..<place.range.lowerBound]
      switch place.1 {
      case "table": text += table
      case "front": text += front
      case "local": text += local
      default: text += cluster
      }
      rest = rest[place.range.upperBound...]
    }
    return text + rest
  }

  /// The query for the newest rows of an existing table, which is never measured.
  ///
  /// - Parameters:
  ///   - version: the version column, a quoted name, or a constant.
  ///   - slice: a condition on `id` that selects some of the ids.
  package static func newestRows(
    version: String, slice: String
  ) throws(ExportsError) -> ExportPath {
    let text = try read("reference/newest-rows.sql")
      .replacing("{version}", with: version).replacing("{slice}", with: slice)
    return try ExportPath(name: "newest-rows", text: text)
  }

  /// In the order of their numbers.
  package static func migrations(_ form: Migration.Form) throws(ExportsError) -> [Migration] {
    var found: [Migration] = []
    for file in try files("migrations") where file.hasSuffix(".up.sql") {
      let name = String(file.dropLast(".up.sql".count))
      found.append(
        Migration(
          name: name, up: form.text(of: try read("migrations/\(file)")),
          down: form.text(of: try read("migrations/\(name).down.sql"))))
    }
    return found
  }

  package static func files(_ folder: String) throws(ExportsError) -> [String] {
    try files(in: "\(root)/\(folder)")
  }

  package static func read(_ file: String) throws(ExportsError) -> String {
    try text(of: "\(root)/\(file)")
  }

  private static func files(in folder: String) throws(ExportsError) -> [String] {
    do { return try Files.names(in: folder) } catch {
      throw ExportsError("\(error)\(remedy(folder))")
    }
  }

  private static func text(of file: String) throws(ExportsError) -> String {
    do {
      if let text = try Files.text(of: file) { return text }
    } catch { throw ExportsError("\(error)\(remedy(file))") }
    throw .inFile("the file \(file) is not text in UTF-8; save it as such")
  }

  private static func remedy(_ place: String) -> String {
    place.hasPrefix(root) ? ", or build exportbench again" : ", or give another --paths-dir"
  }

  private static var root: String { Bundle.module.bundlePath + "/SQL" }
}

/// A schema object that a path reads in addition to table and view, such as a projection.
package struct SchemaObject: Sendable, Equatable {
  /// The file's name without `.sql`, which is also the object's name.
  package let name: String
  /// The statements that create it, with the marks of both forms.
  private let source: String

  init(name: String, source: String) { (self.name, self.source) = (name, source) }

  /// The statements that create it in one form.
  package func text(_ form: Migration.Form) -> String { form.text(of: source) }
}

/// A numbered schema change; one file each for up and down, as golang-migrate reads them.
package struct Migration: Sendable, Equatable {
  package enum Form: String, Sendable, CaseIterable {
    /// Plain tables on one server.
    case unclustered
    /// `ON CLUSTER default` with replicated engines.
    case clustered

    /// The text of an `.sql` file in this form.
    ///
    /// A file is plain SQL for one server. What only a cluster needs is in comments
    /// `/*clustered:TEXT*/`: the clustered form has TEXT, spaces included, in place of the comment,
    /// and the unclustered form has nothing.
    package func text(of source: String) -> String {
      source.replacing(#/\/\*clustered:(.*?)\*\//#) { self == .clustered ? $0.1 : "" }
    }
  }

  /// Such as `0001_export_observations_mv`.
  package let name: String
  package let up: String
  package let down: String

  /// Replaces `ON CLUSTER default` in a clustered text by `words`, an `ON CLUSTER` clause with a
  /// validated name.
  package static func retargeted(_ text: String, to words: String) -> String {
    text.replacing("ON CLUSTER default", with: words)
  }

  /// Splits a file into statements: a statement ends with a semicolon at the end of a line that is
  /// not a comment.
  package static func statements(of text: String) -> [String] {
    var found: [String] = []
    var lines: [Substring] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      lines.append(line)
      guard !line.trimmed.hasPrefix("--"), line.trimmed.hasSuffix(";") else { continue }
      found.append(String(lines.joined(separator: "\n").trimmed.dropLast()))
      lines = []
    }
    let rest = lines.filter { !$0.trimmed.hasPrefix("--") }.joined(separator: "\n").trimmed
    return rest.isEmpty ? found : found + [rest]
  }
}
