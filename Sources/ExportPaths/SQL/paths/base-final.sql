-- idea: FINAL on the table, which is already a ReplacingMergeTree: no view
-- keeps in memory: a block with all columns of every part that overlaps, while FINAL merges them
-- gets wrong: an observation whose type or day changed comes in both versions, because they differ in the sorting key; a stale row where start_time left the window
-- reads: observations
SELECT
  id, project_id, trace_id, type, name, start_time, end_time,
  model, input, output, metadata, level, status_message,
  completion_start_time, model_parameters, usage_details, cost_details,
  updated_at
FROM observations FINAL
WHERE project_id = {projectId: String}
  AND start_time >= {minTimestamp: DateTime64(3)}
  AND start_time <= {maxTimestamp: DateTime64(3)}
  AND is_deleted = 0
