-- idea: as newest-row, but for every id of the project: one statement that takes the same memory for an hour as for all of its history
-- keeps in memory: a number of 16 bytes for each observation of the project; before that, while they are found, a hash and the number; and what reads and encodes rows
-- gets wrong: nothing known, as newest-row
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
    -- 128 bits of a hash instead of a text: it is all that the state of a large project needs.
    GROUP BY reinterpretAsUInt128(sipHash128(id))
  )
