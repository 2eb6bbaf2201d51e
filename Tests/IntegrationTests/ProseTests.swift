// Whether the texts of a dataset compress as real ones do: then a fast generator is not one that
// repeats itself.

import ClickHouseClient
import ObservationGenerator
import Testing
import Units
import Workspace

extension IntegrationTests {
  @Suite struct ProseTests {
    /// What `scripts/prose` found for English technical prose in chat messages, one in eight a
    /// record: perl-doc 5.36, manpages 6.03 and debian-faq 11.1, texts of 1,000 and 4,000
    /// characters.
    static let real = [(1_000, zstd: 3.01, lz4: 1.81), (4_000, zstd: 3.03, lz4: 1.82)]

    @Test(arguments: real)
    func textsCompressAsRealOnes(size: Int, zstd: Double, lz4: Double) async throws {
      try await withWorkspace("prose-\(size)") { workspace in
        var dataset = Dataset(
          name: "prose", observations: 3_000, start: 1_788_220_800_000,
          span: TimeSpan(milliseconds: 86_400_000))
        dataset.payload.input = .always(size)
        try await workspace.createTable()
        _ = try await Loader(workspace, dataset).load(rowsPerInsert: 3_000, workers: 1) { _ in }
        try await workspace.run(
          """
          CREATE TABLE texts (zstd String CODEC(ZSTD(3)), lz4 String CODEC(LZ4))
          ENGINE = MergeTree ORDER BY tuple() SETTINGS min_bytes_for_wide_part = 0
          """)
        try await workspace.run(
          "INSERT INTO texts SELECT assumeNotNull(input) AS t, t FROM observations")
        for (column, reference) in [("zstd", zstd), ("lz4", lz4)] {
          let found = try await workspace.value(
            """
            SELECT sum(column_data_uncompressed_bytes) / sum(column_data_compressed_bytes) AS value
            FROM system.parts_columns
            WHERE database = currentDatabase() AND table = 'texts' AND active
              AND column = {column: String}
            """, ["column": Parameter(column)], as: Double.self)
          #expect(abs(found / reference - 1) < 0.1, "\(column) makes one byte of \(found)")
        }
      }
    }
  }
}
