// The `.sql` files that ship with the suite, by name: schema, migrations and export paths.
//
// Nothing here talks to a server, and no SQL is made here: adding a file to a folder is enough.

import Foundation

/// The folders under `SQL/`.
public enum Catalogue {
  /// Every export path, by name.
  public static func paths() throws(ExportsError) -> [ExportPath] {
    var found: [ExportPath] = []
    for file in try files("paths") where file.hasSuffix(".sql") {
      found.append(
        try ExportPath(name: String(file.dropLast(4)), text: try read("paths/\(file)")))
    }
    return found
  }

  /// The named export paths, in that order. `limit-by@again` is the path `limit-by` under that
  /// name: a run can set a path against itself, which shows what its noise looks like.
  public static func paths(named names: [String]) throws(ExportsError) -> [ExportPath] {
    let known = try paths()
    var found: [ExportPath] = []
    for name in names {
      let parts = name.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
      guard var path = known.first(where: { $0.name == parts[0] }) else {
        throw ExportsError(
          "there is no export path '\(parts[0])'; there are: "
            + known.map(\.name).joined(separator: ", "))
      }
      if parts.count > 1 {
        guard !parts[1].isEmpty, parts[1].allSatisfy(isLabelCharacter) else {
          throw ExportsError(
            "the export path '\(name)' has no label after its '@'; write letters, digits or "
              + "hyphens, such as \(parts[0])@again")
        }
        path.name = name
      }
      found.append(path)
    }
    return found
  }

  private static func isLabelCharacter(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || character == "-")
  }

  /// The statement that makes the table which is exported.
  public static func observations() throws(ExportsError) -> String {
    try read("schema/observations.sql")
  }

  /// The migrations of one form, in the order of their numbers.
  public static func migrations(_ form: Migration.Form) throws(ExportsError) -> [Migration] {
    let folder = "migrations/\(form.rawValue)"
    var found: [Migration] = []
    for file in try files(folder) where file.hasSuffix(".up.sql") {
      let name = String(file.dropLast(".up.sql".count))
      found.append(
        Migration(
          name: name, up: try read("\(folder)/\(file)"),
          down: try read("\(folder)/\(name).down.sql")))
    }
    return found
  }

  private static func files(_ folder: String) throws(ExportsError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)").sorted()
    } catch {
      throw ExportsError("the folder \(root)/\(folder) is missing; build exportbench again")
    }
  }

  private static func read(_ file: String) throws(ExportsError) -> String {
    guard let data = FileManager.default.contents(atPath: "\(root)/\(file)") else {
      throw ExportsError("the file \(root)/\(file) is missing; build exportbench again")
    }
    return String(decoding: data, as: UTF8.self)
  }

  private static var root: String { Bundle.module.bundlePath + "/SQL" }
}

/// A numbered change of the schema, and its way back; one file each, as golang-migrate reads them.
public struct Migration: Sendable, Equatable {
  /// For one server, or for every replica of a cluster.
  public enum Form: String, Sendable, CaseIterable {
    /// Plain tables on one server.
    case unclustered
    /// `ON CLUSTER default` with replicated engines.
    case clustered
  }

  /// The file's name without its ending, such as `0001_export_observations_mv`.
  public let name: String
  /// The statements that make the change.
  public let up: String
  /// The statements that undo it.
  public let down: String

  /// The single statements of one of the two files, without comments' semicolons in the way: a
  /// statement ends with a semicolon at the end of a line that is not a comment.
  public static func statements(of text: String) -> [String] {
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
