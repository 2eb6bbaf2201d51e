// Parses the target table from a materialized view's statement.

import ClickHouseSQL

/// `TO database.table` of a statement of `system.tables`; nil for an inner table.
package func viewTarget(of statement: String) -> (database: String?, name: String)? {
  var tokens = SQLLexer(statement).lazy.filter(\.isSignificant).makeIterator()
  while let token = tokens.next() {
    // The target precedes the list of columns, the engine and the SELECT.
    if token.text == "(" || token.text == "AS" || token.text == "ENGINE" { return nil }
    guard token.text == "TO", let first = tokens.next() else { continue }
    // `TO INNER UUID '…'` is an inner table.
    guard first.text != "INNER", let name = first.name else { return nil }
    guard tokens.next()?.text == ".", let second = tokens.next()?.name else {
      return (nil, name)
    }
    return (name, second)
  }
  return nil
}
