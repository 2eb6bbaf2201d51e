-- idea: Langfuse's own export: sort everything by version, keep the first of each id and type
-- keeps in memory: every row of the window with all its columns, until the last one is sorted
-- gets wrong: same as limit-by; also, an observation whose type changed comes twice
-- reads: observations
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
ORDER BY event_ts DESC
LIMIT 1 BY id, project_id, type
