-- idea: a plain read of the view without de-duplication: a lower bound of the cost
-- keeps in memory: the blocks in progress and one row group
-- gets wrong: returns every version; correct only if each observation has one, or all are merged
-- reads: observations_export_mv
SELECT
  id, project_id, trace_id, type, name, start_time, end_time,
  model, input, output, metadata, level, status_message,
  completion_start_time, model_parameters, usage_details, cost_details,
  updated_at
FROM observations_export_mv
WHERE project_id = {projectId: String}
  AND start_time >= {minTimestamp: DateTime64(3)}
  AND start_time <= {maxTimestamp: DateTime64(3)}
  AND is_deleted = 0
