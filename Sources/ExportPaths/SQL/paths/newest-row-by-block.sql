-- idea: as newest-row, but a row is named by the insert that brought it and its place there (_block_number, _block_offset), which survive merges: no shared snapshot is needed, and ties are resolved by insertion in every merge state
-- keeps in memory: a number of 16 bytes for each observation of the window; before that, while they are found, a hash and the number; and what reads and encodes rows
-- gets wrong: nothing known; parts written before the table had the two settings keep no numbers through merges; an insert that is written between its two reads can take the older version of an observation out of the answer
-- reads: observations
-- needs: observations_block_numbers
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
    bitShiftLeft(toUInt128(_block_number), 40), toUInt128(_block_offset))) IN (
    SELECT max(bitOr(
      bitShiftLeft(toUInt128(toUnixTimestamp64Milli(event_ts)), 80), bitOr(
      bitShiftLeft(toUInt128(_block_number), 40), toUInt128(_block_offset))))
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
