// Storage settings of the tables that a run creates, such as `index_granularity_bytes`: the server
// takes most of them only in the statement that creates a table.

import ClickHouseSQL
import Units

package struct TableSettings: Sendable, Equatable {
  /// By name; numbers, sizes in bytes.
  package let values: [String: Int]

  package init(_ values: [String: Int] = [:]) { self.values = values }

  /// Letters, digits and underscores, so that a name is an identifier.
  package static func isName(_ name: String) -> Bool {
    name.first?.isNumber == false
      && name.allSatisfy(SettingsProfile.Setting.isNameCharacter)
  }

  /// A number such as `8192`, or a size such as `1MiB`.
  package static func value(parsing text: String) throws(UnitError) -> Int {
    try ByteCount(parsing: text).bytes
  }

  /// `1MiB` of 1048576: in the largest binary unit that divides it.
  package static func text(_ value: Int) -> String {
    for (suffix, scale) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
    where value != 0 && value.isMultiple(of: scale) {
      return "\(value / scale)\(suffix)"
    }
    return "\(value)"
  }

  /// The statement with these settings, if it creates a MergeTree table or a view with an inner
  /// one; otherwise unchanged.
  package func adding(to statement: String) -> String {
    guard !values.isEmpty else { return statement }
    let pairs = values.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
      .joined(separator: ", ")
    var before = ""
    var after = ""
    var depth = 0
    var (isStorage, isMergeTree, isDone) = (false, false, false)
    for token in SQLLexer(statement) {
      if ["(", "[", "{"].contains(where: token.isSign) { depth += 1 }
      if [")", "]", "}"].contains(where: token.isSign) { depth -= 1 }
      let isOuter = depth == 0 && !isDone
      if isOuter, token.isWord("ENGINE") { isStorage = true }
      if isStorage, token.name?.hasSuffix("MergeTree") == true { isMergeTree = true }
      if isOuter, isMergeTree {
        if token.isWord("SETTINGS") {
          before += "\(token.text) \(pairs),"
          isDone = true
          continue
        }
        if token.isSign(";") || ["AS", "COMMENT", "POPULATE"].contains(where: token.isWord) {
          after = "\nSETTINGS \(pairs)\n"
          isDone = true
        }
      }
      if after.isEmpty { before += token.text } else { after += token.text }
    }
    guard isMergeTree, !isDone else { return before + after }
    return before + "\nSETTINGS \(pairs)"
  }
}
