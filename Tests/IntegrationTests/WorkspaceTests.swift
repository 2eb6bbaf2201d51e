// The marked database, the table as production has it, and the design document's view.

import ClickHouseClient
import ExportPaths
import Testing
import Workspace

extension IntegrationTests {
  @Suite struct WorkspaceTests {
    /// A column as `system.columns` describes it.
    struct Column: Decodable, Equatable {
      let name: String
      let type: String
      let kind: String
      let expression: String
      let codec: String

      init(_ name: String, _ type: String, _ default: String = "", codec: String = "") {
        self.name = name
        self.type = type
        kind = `default`.isEmpty ? "" : name == "model" ? "ALIAS" : "DEFAULT"
        expression = `default`
        self.codec = codec
      }
    }

    /// The table of production, in its order, and the alias that the document's view needs.
    static let columns = [
      Column("id", "String"), Column("trace_id", "String"), Column("project_id", "String"),
      Column("environment", "LowCardinality(String)", "'default'"),
      Column("type", "LowCardinality(String)"),
      Column("parent_observation_id", "Nullable(String)"), Column("start_time", "DateTime64(3)"),
      Column("end_time", "Nullable(DateTime64(3))"), Column("name", "String"),
      Column("metadata", "Map(LowCardinality(String), String)"),
      Column("level", "LowCardinality(String)"), Column("status_message", "Nullable(String)"),
      Column("version", "Nullable(String)"),
      Column("input", "Nullable(String)", codec: "CODEC(ZSTD(3))"),
      Column("output", "Nullable(String)", codec: "CODEC(ZSTD(3))"),
      Column("provided_model_name", "Nullable(String)"),
      Column("internal_model_id", "Nullable(String)"),
      Column("model_parameters", "Nullable(String)"),
      Column("provided_usage_details", "Map(LowCardinality(String), UInt64)"),
      Column("usage_details", "Map(LowCardinality(String), UInt64)"),
      Column("provided_cost_details", "Map(LowCardinality(String), Decimal(18, 12))"),
      Column("cost_details", "Map(LowCardinality(String), Decimal(18, 12))"),
      Column("total_cost", "Nullable(Decimal(18, 12))"),
      Column("completion_start_time", "Nullable(DateTime64(3))"),
      Column("prompt_id", "Nullable(String)"), Column("prompt_name", "Nullable(String)"),
      Column("prompt_version", "Nullable(UInt16)"),
      Column("created_at", "DateTime64(3)", "now()"),
      Column("updated_at", "DateTime64(3)", "now()"), Column("event_ts", "DateTime64(3)"),
      Column("is_deleted", "UInt8"), Column("usage_pricing_tier_id", "Nullable(String)"),
      Column("usage_pricing_tier_name", "Nullable(String)"),
      Column("tool_definitions", "Map(String, String)", "map()"),
      Column("tool_calls", "Array(String)", "[]"),
      Column("tool_call_names", "Array(String)", "[]"),
      Column("model", "Nullable(String)", "provided_model_name"),
    ]

    struct Table: Decodable, Equatable {
      let engine: String
      let partition: String
      let primary: String
      let sorting: String
    }

    struct Index: Decodable, Equatable {
      let name: String
      let type: String
      let expr: String
      let granularity: Int
    }

    @Test func theTableIsProductions() async throws {
      try await withWorkspace("table") { workspace in
        try await workspace.createTable()
        try await workspace.createTable()
        #expect(try await columns(of: Workspace.table, in: workspace) == Self.columns)
        #expect(
          try await table(Workspace.table, in: workspace)
            == Table(
              engine: "ReplacingMergeTree(event_ts, is_deleted)", partition: "toYYYYMM(start_time)",
              primary: "project_id, type, toDate(start_time)",
              sorting: "project_id, type, toDate(start_time), id"))
        var query = Query(
          """
          SELECT name, type_full AS type, expr, toInt64(granularity) AS granularity
          FROM system.data_skipping_indices WHERE database = {database: String} ORDER BY name
          """)
        query.parameters["database"] = Parameter(workspace.database.name)
        #expect(
          try await workspace.client.rows(query, as: Index.self) == [
            Index(name: "idx_id", type: "bloom_filter()", expr: "id", granularity: 1),
            Index(
              name: "idx_res_metadata_key", type: "bloom_filter(0.01)", expr: "mapKeys(metadata)",
              granularity: 1),
            Index(
              name: "idx_res_metadata_value", type: "bloom_filter(0.01)",
              expr: "mapValues(metadata)", granularity: 1),
            Index(name: "idx_trace_id", type: "bloom_filter()", expr: "trace_id", granularity: 1),
          ])
      }
    }

    @Test func thePlainTwinHasTheSameShapeAndNoView() async throws {
      try await withWorkspace("twin") { workspace in
        try await workspace.createTable()
        try await workspace.migrateUp()
        try await workspace.createPlainTable()
        #expect(try await columns(of: Workspace.plainTable, in: workspace) == Self.columns)
        #expect(
          try await table(Workspace.plainTable, in: workspace)
            == table(Workspace.table, in: workspace))
        try await workspace.dropPlainTable()
        #expect(try await !workspace.tables().contains(Workspace.plainTable))
      }
    }

    @Test func settingsReachEveryTable() async throws {
      try await withWorkspace("settings") { workspace in
        var workspace = workspace
        workspace.tableSettings = TableSettings(["index_granularity_bytes": 262_144])
        try await workspace.createTable()
        try await workspace.migrateUp()
        try await workspace.createPlainTable()
        let query = Query(
          """
          SELECT engine_full FROM system.tables
          WHERE database = {database: String} AND engine = 'ReplacingMergeTree'
          """, parameters: ["database": Parameter(workspace.database.name)])
        let engines = try await workspace.client.values(query, as: String.self)
        #expect(engines.count == 3)
        for engine in engines { #expect(engine.contains("index_granularity_bytes = 262144")) }
      }
    }

    @Test func theViewIsTheDocuments() async throws {
      try await withWorkspace("view") { workspace in
        try await workspace.createTable()
        try await workspace.migrateUp()
        try await workspace.migrateUp()
        #expect(
          try await columns(of: Workspace.view, in: workspace).map(\.name) == [
            "id", "project_id", "trace_id", "type", "name", "start_time", "end_time", "model",
            "input", "output", "metadata", "level", "status_message", "completion_start_time",
            "model_parameters", "usage_details", "cost_details", "updated_at", "is_deleted",
          ])
        let inner = try #require(try await workspace.tables().first { $0.hasPrefix(".inner") })
        #expect(
          try await table(inner, in: workspace)
            == Table(
              engine: "ReplacingMergeTree(updated_at)", partition: "toYYYYMM(start_time)",
              primary: "project_id, id", sorting: "project_id, id"))
        let innerColumns = try await columns(of: inner, in: workspace)
        #expect(innerColumns.allSatisfy { $0.codec.isEmpty }, "the codecs are not inherited")

        for migration in try Catalogue.migrations(.unclustered).reversed() {
          try await workspace.runAll(migration.down)
          try await workspace.runAll(migration.down)
        }
        #expect(try await workspace.tables() == [Workspace.table])
      }
    }

    @Test func aDatabaseOfTheUsersIsLeftAlone() async throws {
      let client = try await Shared.client
      let name = "somebodys"
      let said =
        "the database somebodys was not made by exportbench, which writes only to databases that "
        + "it made; choose another name with --database"
      for comment in ["", "COMMENT 'not made by exportbench'"] {
        try await client.execute(Query("CREATE DATABASE \(name) \(comment)"))
        let opening = await sentence {
          _ = try await Workspace.open(try Identifier(name), on: client)
        }
        #expect(opening == said)
        try await client.execute(Query("DROP DATABASE \(name)"))
      }
    }

    @Test func whatLosesItsMarkIsNotDropped() async throws {
      let client = try await Shared.client
      let workspace = try await RunWorkspace.create(for: "lost", on: client)
      #expect(workspace.database.name == "exportbench_lost")
      // As if somebody had dropped it meanwhile, and made one of their own with that name.
      try await client.execute(Query("DROP DATABASE exportbench_lost"))
      try await client.execute(Query("CREATE DATABASE exportbench_lost COMMENT 'mine'"))
      let words = await sentence { try await workspace.drop.database() }
      #expect(words.hasPrefix("the database exportbench_lost was not made by exportbench"))
      #expect(try await Workspace.exists(workspace.database, on: client))
      try await client.execute(Query("DROP DATABASE exportbench_lost"))
    }

    @Test func aRunsDatabaseIsItsAlone() async throws {
      try await withWorkspace("one-two.3") { workspace in
        #expect(workspace.database.name == "exportbench_one_two_3")
        let words = await sentence {
          _ = try await RunWorkspace.create(for: "one two/3", on: workspace.client)
        }
        #expect(
          words == "the server already has a database exportbench_one_two_3; choose another "
            + "--output name")
        // The mark is there, so it may be opened again by name.
        _ = try await Workspace.open(workspace.database, on: workspace.client)
      }
      let client = try await Shared.client
      let words = await sentence {
        _ = try await Workspace.open(
          try Identifier("exportbench_one_two_3"), on: client, create: false)
      }
      #expect(
        words
          == "there is no database exportbench_one_two_3, or it is not visible to the user; create "
          + "it with: exportbench migrate up --database exportbench_one_two_3")
    }

    @Test func anyRunsNameBecomesADatabases() async throws {
      let long = String(repeating: "a", count: 200)
      for (run, name) in [
        ("läuft ½", "exportbench_l_uft__"), (long, "exportbench_" + long.prefix(100)),
      ] {
        try await withWorkspace(run) { #expect($0.database.name == name) }
      }
    }

    @Test(arguments: ["", "a\nb", "\u{1b}[2J", String(repeating: "a", count: 256)])
    func aNameThatIsNoneIsRefused(name: String) async throws {
      let words = await sentence { _ = try Identifier(name) }
      #expect(words.contains("is not a name"))
    }

    private func columns(of table: String, in workspace: Workspace) async throws -> [Column] {
      var query = Query(
        """
        SELECT name, type, default_kind AS kind, default_expression AS expression,
          compression_codec AS codec
        FROM system.columns WHERE database = {database: String} AND table = {table: String}
        ORDER BY position
        """)
      query.parameters = [
        "database": Parameter(workspace.database.name), "table": Parameter(table),
      ]
      return try await workspace.client.rows(query, as: Column.self)
    }

    private func table(_ name: String, in workspace: Workspace) async throws -> Table {
      var query = Query(
        """
        SELECT extract(engine_full, '^[A-Za-z]+\\\\([^)]*\\\\)') AS engine,
          partition_key AS partition, primary_key AS primary, sorting_key AS sorting
        FROM system.tables WHERE database = {database: String} AND name = {table: String}
        """)
      query.parameters = [
        "database": Parameter(workspace.database.name), "table": Parameter(name),
      ]
      return try #require(try await workspace.client.rows(query, as: Table.self).first)
    }
  }
}
