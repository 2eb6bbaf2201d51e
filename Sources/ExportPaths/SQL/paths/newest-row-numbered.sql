-- idea: as newest-row, but a row's name is its number among all rows of the parts that the query sees: 8 bytes instead of 16, compared without reading a column
-- keeps in memory: a number of 8 bytes for each observation of the window; before that, while they are found, a hash and a number of 16 bytes each; and what reads and encodes rows
-- gets wrong: nothing known, as newest-row
-- reads: observations
-- The newest row has the greatest event_ts, then the greatest insert (the part's first block number), then
-- the greatest number. Numbers count the rows of all parts before any part is skipped, so both reads count
-- alike. Both see the same parts, or a merge between them would move rows about.
SET enable_shared_storage_snapshot_in_query = 1; -- since 25.6, needed

SELECT
  id, project_id, trace_id, type, name, start_time, end_time,
  model, input, output, metadata, level, status_message,
  completion_start_time, model_parameters, usage_details, cost_details,
  updated_at
FROM observations
WHERE project_id = {projectId: String}
  AND start_time >= {minTimestamp: DateTime64(3)}
  AND start_time <= {maxTimestamp: DateTime64(3)}
  AND is_deleted = 0
  AND _part_starting_offset + _part_offset IN (
    -- The low 40 bits are the row's number.
    SELECT toUInt64(bitAnd(max(bitOr(
      bitShiftLeft(toUInt128(toUnixTimestamp64Milli(event_ts)), 80), bitOr(
      bitShiftLeft(toUInt128(_block_number), 40), toUInt128(_part_starting_offset + _part_offset)))),
      toUInt128(1099511627775)))
    FROM observations
    WHERE project_id = {projectId: String}
      AND sipHash64(id) IN (
        SELECT sipHash64(id)
        FROM observations
        WHERE project_id = {projectId: String}
          AND start_time >= {minTimestamp: DateTime64(3)}
          AND start_time <= {maxTimestamp: DateTime64(3)}
      )
    GROUP BY reinterpretAsUInt128(sipHash128(id))
  )
