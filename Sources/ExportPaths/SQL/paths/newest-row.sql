-- idea: find the newest row of each id of the window from narrow columns, wherever in the project's history it lies, and name it by version and place; then read the wide columns of those rows only
-- keeps in memory: a number of 24 bytes for each observation of the window; before that, while they are found, its id and number; and what reads and encodes rows
-- gets wrong: nothing known; of two versions with equal event_ts but different types or days, merged into one part, it is unknown which came last
-- reads: observations
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
