// Maps a server error to the mismatch between a path and existing tables.

import ClickHouseClient
import ExportPaths
import Failures

extension ObservationTables {
  /// What an existing table lacks for a path, from the error of its query; nil if the error has
  /// another cause.
  package func mismatch(of path: ExportPath, _ error: any Error) async -> UserError? {
    guard let exception = (error as? ClickHouseError)?.serverException,
      let cause = exception.causeInSchema, exception.name != "UNKNOWN_DATABASE"
    else { return nil }
    let remedy: String
    if exception.name == "UNKNOWN_TABLE" {
      remedy = "choose a path that reads another one, or create it first"
    } else {
      let table = try? await TableDefinition.read(table.name, in: database.name, of: self)
      let alias = table.flatMap { $0 }.flatMap(SchemaDrift.modelAlias)
      remedy =
        (alias.map { "run \($0) or " } ?? "")
        + "put a file of its name with your columns into a folder for --paths-dir"
    }
    return UserError.input(
      "the path \(path.name) does not fit the tables of \(database.name): \(cause.finding) "
        + "(\(exception.name)); \(remedy)")
  }
}
