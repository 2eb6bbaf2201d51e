// The target table of a materialized view, read from the statement that the server keeps of it.

import ClickHouseSQL

/// The `TO database.table` of a view's statement, as `system.tables` writes it; nil if there is
/// none, and so an inner table.
package func viewTarget(of statement: String) -> (database: String?, name: String)? {
  var tokens = SQLLexer(statement).lazy.filter(\.isSignificant).makeIterator()
  while let token = tokens.next() {
    // The list of the columns, the engine, or the SELECT: the target comes before them.
    if token.text == "(" || token.text == "AS" || token.text == "ENGINE" { return nil }
    guard token.text == "TO", let first = tokens.next() else { continue }
    // In `TO INNER UUID '…'` it is an inner table that is meant.
    guard first.text != "INNER", let name = first.name else { return nil }
    guard tokens.next()?.text == ".", let second = tokens.next()?.name else {
      return (nil, name)
    }
    return (name, second)
  }
  return nil
}
