// The files that the paths export, as two readers that are not ClickHouse see them: the same rows,
// the same columns, the same sums. `scripts/setup --tests` installs the readers.

import Foundation
import TestSupport
import Testing
@testable import ClickHouseClient
@testable import ExportPaths
@testable import Parquet
@testable import Units
@testable import Verification
@testable import WindowExports
@testable import Workspace

extension IntegrationTests {
  @Suite struct ReaderTests {
    /// What is added up, in the words of each.
    struct Sums: Codable, Equatable {
      var rows: Int
      var columns: [String: String]
      var inputCharacters: Int
      var missingOutputs: Int
      var updatedMilliseconds: Int
      var usage: Int
      var metadataKeys: Int
      /// In units of 10^-12.
      var cost: Int
    }

    static let script = """
      import json, sys
      import duckdb, pyarrow.compute as pc, pyarrow.parquet as pq

      file = sys.argv[1]
      table = pq.read_table(file)
      values = lambda name: [v for row in table[name].to_pylist() for _, v in row]
      arrow = {
        "rows": table.num_rows,
        "columns": {f.name: str(f.type) for f in table.schema},
        "inputCharacters": pc.sum(pc.utf8_length(table["input"])).as_py(),
        "missingOutputs": table["output"].null_count,
        "updatedMilliseconds": pc.sum(pc.cast(table["updated_at"], "int64")).as_py(),
        "usage": sum(values("usage_details")),
        "metadataKeys": len(values("metadata")),
        "cost": int(sum(values("cost_details")) * 10**12),
      }
      source = f"FROM read_parquet('{file}')"
      row = duckdb.sql(f'''
        SELECT count(*), sum(length(input)), count(*) FILTER (output IS NULL),
          sum(epoch_ms(updated_at)), sum(list_sum(map_values(usage_details))),
          sum(cardinality(metadata)),
          sum(list_sum(map_values(cost_details)) * 1000000000000) {source}''').fetchone()
      columns = duckdb.sql(f"DESCRIBE SELECT * {source}").fetchall()
      duck = dict(zip(
        ["rows", "inputCharacters", "missingOutputs", "updatedMilliseconds", "usage",
         "metadataKeys", "cost"], map(int, row)), columns={c[0]: c[1] for c in columns})
      json.dump({"pyarrow": arrow, "duckdb": duck}, sys.stdout)
      """

    @Test(
      .enabled(if: Readers.arePossible, Readers.areMissing), arguments: ["limit-by", "mv-final"])
    func otherReadersSeeTheSame(name: String) async throws {
      let scratch = Scratch()
      let dataset = smallDataset()
      try await withLoaded("readers", dataset) { workspace in
        let path = try Catalogue.paths(named: [name])[0]
        let window = ExportWindow(
          project: dataset.exportProject,
          range: dataset.window(TimeSpan(milliseconds: 30 * 86_400_000)))
        let file = try ParquetFile(creating: scratch.path("export.parquet"))
        let query = Query(
          path.sql + "\nFORMAT Parquet", parameters: window.parameters,
          settings: PathComparison.settings, database: workspace.database.name)
        try await workspace.client.stream(query) { try file.append($0) }
        let seen = try Readers.run(
          Self.script, on: scratch.path("export.parquet"), scratch, as: [String: Sums].self)
        let (arrow, duck) = (try #require(seen["pyarrow"]), try #require(seen["duckdb"]))
        #expect(arrow.columns["cost_details"]?.hasPrefix("map<string, decimal128(18, 12)") == true)
        #expect(arrow.columns["start_time"] == "timestamp[ms, tz=UTC]")
        #expect(duck.columns["cost_details"] == "MAP(VARCHAR, DECIMAL(18,12))")
        #expect(duck.columns["usage_details"] == "MAP(VARCHAR, UBIGINT)")
        #expect(duck.columns["start_time"] == "TIMESTAMP WITH TIME ZONE")
        var expected = try await sums(path, window, workspace)
        #expect(expected.rows > 500 && expected.cost > 0 && expected.usage > 0)
        #expect(expected.missingOutputs > 0 && expected.metadataKeys > 0)
        #expect(Set(arrow.columns.keys) == Set(expected.columns.keys))
        #expect(Set(duck.columns.keys) == Set(expected.columns.keys))
        for found in [arrow, duck] {
          expected.columns = found.columns
          #expect(found == expected)
        }
      }
    }

    private func sums(
      _ path: ExportPath, _ window: ExportWindow, _ workspace: Workspace
    ) async throws -> Sums {
      struct Row: Decodable {
        let rows, inputCharacters, missingOutputs, updatedMilliseconds, usage, metadataKeys: Int
        let cost: Int
      }
      let query = Query(
        """
        SELECT toInt64(count()) AS rows, toInt64(sum(lengthUTF8(input))) AS inputCharacters,
          toInt64(countIf(output IS NULL)) AS missingOutputs,
          sum(toUnixTimestamp64Milli(updated_at)) AS updatedMilliseconds,
          toInt64(sum(arraySum(mapValues(usage_details)))) AS usage,
          toInt64(sum(length(metadata))) AS metadataKeys,
          toInt64(sum(arraySum(v -> v::Decimal(38, 12), mapValues(cost_details))) * 1000000000000)
            AS cost
        FROM (\(path.sql))
        """, parameters: window.parameters, database: workspace.database.name)
      let row = try #require(try await workspace.client.rows(query, as: Row.self).first)
      let columns = try await PathColumn.all(
        of: path.sql, for: window, in: workspace.database, from: workspace.client)
      return Sums(
        rows: row.rows,
        columns: Dictionary(uniqueKeysWithValues: columns.map { ($0.name, $0.type) }),
        inputCharacters: row.inputCharacters, missingOutputs: row.missingOutputs,
        updatedMilliseconds: row.updatedMilliseconds, usage: row.usage,
        metadataKeys: row.metadataKeys, cost: row.cost)
    }
  }
}
