-- idea: newest-row, three days at a time: they are exported one after another into one file, so that no state grows with the window
-- keeps in memory: what newest-row keeps, for the observations of three days
-- gets wrong: nothing known without concurrent writes; an observation whose start_time moves to another slice during the export can be missed or returned twice
-- reads: observations
-- slice: 3d
-- A row's place in the order of versions, as one number: event_ts, then the insert that brought it (the
-- part's first block number), then where it lies in the part. It also names the row. Both reads see the
-- same parts, or a merge between them would move rows about.
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
  AND bitOr(
    bitShiftLeft(toUInt128(toUnixTimestamp64Milli(event_ts)), 80), bitOr(
    bitShiftLeft(toUInt128(toUInt64(splitByChar('_', _part)[2])), 40), toUInt128(_part_offset))) IN (
    SELECT max(bitOr(
      bitShiftLeft(toUInt128(toUnixTimestamp64Milli(event_ts)), 80), bitOr(
      bitShiftLeft(toUInt128(toUInt64(splitByChar('_', _part)[2])), 40), toUInt128(_part_offset))))
    FROM observations
    WHERE project_id = {projectId: String}
      AND sipHash64(id) IN (
        SELECT sipHash64(id)
        FROM observations
        WHERE project_id = {projectId: String}
          AND start_time >= {minTimestamp: DateTime64(3)}
          AND start_time <= {maxTimestamp: DateTime64(3)}
      )
    GROUP BY id
  )
