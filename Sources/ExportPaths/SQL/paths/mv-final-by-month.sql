-- idea: mv-final with each month merged by itself: fewer parts are open at once, and months outside of the window are skipped
-- keeps in memory: a block with all columns of every part that overlaps within a month
-- gets wrong: same as mv-final before ClickHouse 26.3; also, an observation whose start_time moved to another month comes in both versions
-- reads: observations_export_mv
SET defer_partition_pruning_after_final = 0; -- since 26.5
SET do_not_merge_across_partitions_select_final = 1;

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
