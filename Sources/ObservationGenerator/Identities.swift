// The names by which a table knows rows: id and version.

/// `id` and `event_ts` of any row of a dataset.
package struct Identities: Sendable {
  private let rows: Rows

  /// Prepares the answers; keep it for many rows.
  package init(_ dataset: Dataset) { rows = Rows(dataset) }

  /// Column `id` of all versions of an observation, by its number.
  package func id(of observation: Int) -> String {
    let key = rows.key(of: observation)
    return uuid(key, draw(key, Stream.identity))
  }

  /// Column `event_ts` of a row, in milliseconds since 1970: of two versions of an observation the
  /// later has the greater one, or they tie.
  package func event(of row: RowID) -> Int64 {
    let key = rows.key(of: row.observation)
    let shape = rows.shape(key)
    let versions = rows.versions(key, shape)
    let start = rows.start(of: row.observation, key)
    return rows.times(row.version, key, shape, of: versions, from: start).event
  }
}
