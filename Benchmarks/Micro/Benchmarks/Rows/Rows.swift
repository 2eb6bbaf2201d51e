// Rows for the hot loops.

import ObservationGenerator
import Units

/// 200,000 observations of 1.7 versions over September 2026.
///
/// - Parameter payload: bytes of text per row; 0 for narrow rows.
package func dataset(payload: Int) -> Dataset {
  var dataset = Dataset(
    name: "micro", observations: 200_000, start: 1_788_220_800_000,
    span: TimeSpan(milliseconds: 30 * 86_400_000))
  dataset.versions = [0.5, 0.3, 0.2]
  if payload > 0 {
    dataset.payload.input = .always(payload / 2)
    dataset.payload.output = .always(payload / 2)
  }
  return dataset
}

/// The first rows of a dataset in arrival order.
package func arrived(_ dataset: Dataset, _ count: Int) -> [RowID] {
  var arrivals = Arrivals(dataset)
  var rows: [RowID] = []
  arrivals.next(into: &rows, limit: count)
  return rows
}
