-- idea: a plain read of the table without de-duplication: what is left when that costs nothing
-- keeps in memory: the blocks under way and one row group
-- gets wrong: returns every version; right only where each observation has one, or all are merged
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
