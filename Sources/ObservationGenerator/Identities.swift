// Columns `id` and `event_ts` of any row of a dataset.

package struct Identities: Sendable {
  private let rows: Rows

  /// Expensive; reuse it for many rows.
  package init(_ dataset: Dataset) { rows = Rows(dataset) }

  /// Column `id` of all versions of an observation.
  package func id(of observation: Int) -> String {
    let key = rows.key(of: observation)
    return uuid(key, draw(key, Stream.identity))
  }

  /// Column `event_ts`, in milliseconds since 1970; of two versions of an observation the later
  /// one's is not smaller.
  package func event(of row: RowID) -> Int64 {
    let key = rows.key(of: row.observation)
    let shape = rows.shape(key)
    let versions = rows.versions(key, shape)
    let start = rows.start(of: row.observation, key)
    return rows.times(row.version, key, shape, of: versions, from: start).event
  }
}
