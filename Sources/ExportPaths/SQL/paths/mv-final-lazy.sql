-- idea: mv-final with lazy FINAL: find the keys that match first, and merge only their rows. Falls back to plain FINAL where the keys are too many or skip too little
-- keeps in memory: the keys that match, and then as mv-final for the rows that share them
-- gets wrong: same as mv-final
-- reads: observations_export_mv
SET query_plan_optimize_lazy_final = 1; -- since 26.4

SELECT
  id, project_id, trace_id, type, name, start_time, end_time,
  model, input, output, metadata, level, status_message,
  completion_start_time, model_parameters, usage_details, cost_details,
  updated_at
FROM observations_export_mv FINAL
WHERE project_id = {projectId: String}
  AND start_time >= {minTimestamp: DateTime64(3)}
  AND start_time <= {maxTimestamp: DateTime64(3)}
  AND is_deleted = 0
