-- idea: correct on existing tables: of each id that has a row in the window, every row with its greatest version, in or outside of the window, deleted or not
-- keeps in memory: a number of 8 bytes for each id with a row in the window, then a key of 16 bytes and a version for each; a slice of the ids at a time
-- gets wrong: nothing; of rows that tie for the greatest version it returns all
-- reads: observations
-- Both reads see the same parts. Before 25.6 a row that is inserted between them can be missing.
SET enable_shared_storage_snapshot_in_query = 1; -- since 25.6
SET use_query_condition_cache = 0; -- since 25.3
SET use_index_for_in_with_subqueries = 0;
-- Wide columns are read for the newest rows only, in small blocks.
SET max_block_size = 8192;
SET preferred_max_column_in_block_size_bytes = 1048576;
SET max_threads = 2;
SET asterisk_include_alias_columns = 1;
SET asterisk_include_materialized_columns = 1;

SELECT *
FROM observations
WHERE project_id = {projectId: String}
  AND (reinterpretAsUInt128(sipHash128(id)), {version}) IN (
    SELECT reinterpretAsUInt128(sipHash128(id)) AS newest_key, max({version})
    FROM observations
    WHERE project_id = {projectId: String}
      AND sipHash64(id) IN (
        SELECT sipHash64(id)
        FROM observations
        WHERE project_id = {projectId: String}
          AND start_time >= {minTimestamp: DateTime64(3)}
          AND start_time <= {maxTimestamp: DateTime64(3)}
          AND {slice}
      )
    GROUP BY newest_key
  )
