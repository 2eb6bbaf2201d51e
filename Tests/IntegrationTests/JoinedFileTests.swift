// Slices that were joined into one file, as ClickHouse itself, pyarrow and DuckDB read it: exactly
// the rows of one SELECT, however the server wrote them.

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
  @Suite struct JoinedFileTests {
    private let scratch = Scratch()

    struct Form: Sendable, CustomTestStringConvertible {
      let testDescription: String
      var settings: [String: String] = [:]
      var condition = "1"
      var slices = 3
    }

    static let off = [
      "output_format_parquet_write_bloom_filter": "0",
      "output_format_parquet_write_page_index": "0",
    ]

    static let forms = [
      Form(testDescription: "as the server does by itself"),
      Form(
        testDescription: "with Bloom filters and page indexes, in many row groups",
        settings: [
          "output_format_parquet_row_group_size": "20",
          "output_format_parquet_write_bloom_filter": "1",
          "output_format_parquet_write_page_index": "1",
        ]),
      Form(
        testDescription: "without them",
        settings: off.merging(["output_format_parquet_row_group_size": "100"]) { $1 }),
      Form(
        testDescription: "written by Arrow",
        settings: ["output_format_parquet_use_custom_encoder": "0"]),
      Form(
        testDescription: "with nothing in the second",
        condition: "intDiv(toUnixTimestamp(start_time) - 1788220800, 10 * 86400) != 1"),
      Form(
        testDescription: "with something in the last only",
        condition: "intDiv(toUnixTimestamp(start_time) - 1788220800, 10 * 86400) = 2"),
      Form(testDescription: "with nothing in any", condition: "0"),
      Form(testDescription: "one slice", slices: 1),
      Form(testDescription: "an hour each", slices: 720),
    ]

    private func path(_ form: Form) throws -> ExportPath {
      let plain = try Catalogue.paths(named: ["scan-table"])[0]
      return try madeUpPath(
        "-- slice: \(720 / form.slices)h\n\(plain.sql) AND \(form.condition)")
    }

    private func export(
      _ path: ExportPath, _ window: ExportWindow, _ settings: [String: String],
      _ workspace: Workspace, to name: String
    ) async throws -> ParquetFile {
      let file = try ParquetFile(creating: scratch.path(name))
      let statements = path.statements(
        for: window, id: UUID().uuidString,
        settings: settings.merging(["default_format": "Parquet"]) { $1 }, in: workspace.database)
      let exchange = ExportExchange(statements, client: workspace.client)
      let outcome = try await exchange.perform { try file.append($0) }
      #expect(outcome.receivedBytes >= file.bytes)
      return file
    }

    @Test(
      .enabled(
        if: isTested(since: 25, 2),
        "24.8 lacks some of the settings and hashes what it reads of its own file differently"))
    func everyReaderSeesTheRowsOfOneSelect() async throws {
      let dataset = smallDataset()
      try await withLoaded("joined", dataset) { workspace in
        let window = ExportWindow(
          project: dataset.exportProject,
          range: dataset.window(TimeSpan(milliseconds: 30 * 86_400_000)))
        for (number, form) in Self.forms.enumerated() {
          let path = try path(form)
          #expect(path.slices(of: window.range).count == form.slices)
          let name = "\(number).parquet"
          let file = try await export(path, window, form.settings, workspace, to: name)
          try await expectTheSame(file, name, path, window, workspace, form)
        }
      }
    }

    private func expectTheSame(
      _ file: ParquetFile, _ name: String, _ path: ExportPath, _ window: ExportWindow,
      _ workspace: Workspace, _ form: Form
    ) async throws {
      let whole = try madeUpPath(path.sql)
      let truth = try await PathChecksum.read(
        of: whole, for: window, in: workspace.database, from: workspace.client)
      #expect(truth.rows > 0 || form.condition == "0")
      // The footer alone, and then the file.
      let size = try await FileComparison.size(of: file, by: workspace.client)
      #expect(size.rows == truth.rows, "\(form)")
      let columns = try await FileComparison.columns(of: file, by: workspace.client)
      let table = ExternalTable(
        name: try Identifier("joined"), format: "Parquet",
        structure: columns.map { "`\($0.name)` \($0.type)" }.joined(separator: ", "),
        source: file.source())
      let names = try columns.map(\.name).sorted().map { try Identifier($0) }
      let found = try await workspace.client.rows(
        Query(PathChecksum.sql(of: "joined", columns: names)), with: [table], as: PathChecksum.self)
      #expect(found == [truth], "\(form)")

      guard Readers.arePossible else { return }
      let model = try await model(whole, window, workspace)
      let seen = try Readers.run(
        Self.script, on: scratch.path(name), scratch, as: [String: Digest].self)
      #expect(seen["pyarrow"] == model, "\(form)")
      #expect(seen["duckdb"] == model, "\(form)")
      #expect(seen["lookups"] == Digest(rows: (truth.rows + 96) / 97, model: ""), "\(form)")
    }

    struct Digest: Codable, Equatable {
      let rows: Int
      let model: String
    }

    private func model(
      _ path: ExportPath, _ window: ExportWindow, _ workspace: Workspace
    ) async throws -> Digest {
      let query = Query(
        """
        SELECT toInt64(count()) AS rows,
          lower(hex(SHA256(arrayStringConcat(arraySort(groupArray(concat(
            id, '|', toString(toUnixTimestamp64Milli(updated_at)), '|', ifNull(input, '~'), '|',
            ifNull(output, '~')))), '\\n')))) AS model
        FROM (\(path.sql))
        """, parameters: window.parameters, database: workspace.database.name)
      return try #require(try await workspace.client.rows(query, as: Digest.self).first)
    }

    /// Each id is looked up by DuckDB, which goes by statistics and Bloom filters where there are
    /// some: one in a wrong place would hide rows.
    static let script = """
      import hashlib, json, sys
      import duckdb, pyarrow.parquet as pq

      file = sys.argv[1]
      def model(rows):
        lines = sorted(f"{i}|{u}|{'~' if a is None else a}|{'~' if b is None else b}"
                       for i, u, a, b in rows)
        return {"rows": len(lines),
                "digest": hashlib.sha256("\\n".join(lines).encode()).hexdigest()}

      table = pq.read_table(file)
      arrow = list(zip(
        table["id"].to_pylist(), table["updated_at"].cast("int64").to_pylist(),
        table["input"].to_pylist(), table["output"].to_pylist()))
      source = f"FROM read_parquet('{file}')"
      duck = duckdb.sql(f"SELECT id, epoch_ms(updated_at), input, output {source}").fetchall()
      wanted = table["id"].to_pylist()[::97]
      hits = sum(duckdb.sql(f"SELECT count(*) > 0 {source} WHERE id = '{i}'").fetchone()[0]
                 for i in wanted)
      json.dump({"pyarrow": model(arrow), "duckdb": model(duck),
                 "lookups": {"rows": int(hits), "digest": ""}}, sys.stdout)
      """
  }
}
