-- idea: newest-row in two statements: the places of the newest rows go into a temporary table, which the slices of the window read one after another
-- keeps in memory: while they are found, the id and place of each observation of the project; then the places of those in a slice. The temporary table itself is on disk
-- gets wrong: what is written or merged while the statements run: only one statement sees one state of the table. For tables that nothing changes meanwhile
-- reads: observations
-- slice: 7d
CREATE TEMPORARY TABLE newest_rows
(
  start_time DateTime64(3),
  place UInt128
)
ENGINE = MergeTree ORDER BY start_time
AS SELECT newest.2 AS start_time, newest.1 AS place
FROM (
  SELECT max((bitOr(
    bitShiftLeft(toUInt128(toUnixTimestamp64Milli(event_ts)), 80), bitOr(
    bitShiftLeft(toUInt128(toUInt64(splitByChar('_', _part)[2])), 40), toUInt128(_part_offset))), start_time)) AS newest
  FROM observations
  WHERE project_id = {projectId: String}
  GROUP BY id
);

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
    SELECT place FROM newest_rows
    WHERE start_time >= {minTimestamp: DateTime64(3)}
      AND start_time <= {maxTimestamp: DateTime64(3)}
  );

DROP TEMPORARY TABLE newest_rows;
