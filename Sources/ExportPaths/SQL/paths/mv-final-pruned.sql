-- idea: mv-final as before ClickHouse 26.3: skip the months outside of the window before FINAL, not after it
-- keeps in memory: a block with all columns of every part that overlaps in the months of the window, while FINAL merges them
-- gets wrong: same as mv-final before ClickHouse 26.3
-- reads: observations_export_mv
SET defer_partition_pruning_after_final = 0; -- since 26.5

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
