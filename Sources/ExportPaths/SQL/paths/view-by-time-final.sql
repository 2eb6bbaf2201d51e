-- idea: a view designed for this export: time in its sorting key, the table's codecs and version column, every column; read with FINAL
-- keeps in memory: a block with all columns of every part that overlaps in the window's days, while FINAL merges them
-- gets wrong: an observation whose day changed comes in both versions; it costs a second copy of every row and its merges
-- reads: observations_by_time
-- needs: observations_by_time
SELECT
  id, project_id, trace_id, type, name, start_time, end_time,
  model, input, output, metadata, level, status_message,
  completion_start_time, model_parameters, usage_details, cost_details,
  updated_at
FROM observations_by_time FINAL
WHERE project_id = {projectId: String}
  AND start_time >= {minTimestamp: DateTime64(3)}
  AND start_time <= {maxTimestamp: DateTime64(3)}
  AND is_deleted = 0
