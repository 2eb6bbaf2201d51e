-- idea: FINAL on the table with every setting that saves memory: month by month, two threads, small blocks, and PREWHERE on the window, which FINAL does not do automatically
-- keeps in memory: a small block with all columns of every part that overlaps within a month
-- gets wrong: same as base-final; PREWHERE is safe here because start_time's day is in the sorting key, but for a start_time that moved within its day out of the window
-- reads: observations
SET do_not_merge_across_partitions_select_final = 1;
SET max_final_threads = 2;
SET max_threads = 2;
SET max_block_size = 256;
SET use_query_condition_cache = 0; -- since 25.3

SELECT
  id, project_id, trace_id, type, name, start_time, end_time,
  model, input, output, metadata, level, status_message,
  completion_start_time, model_parameters, usage_details, cost_details,
  updated_at
FROM observations FINAL
PREWHERE project_id = {projectId: String}
  AND start_time >= {minTimestamp: DateTime64(3)}
  AND start_time <= {maxTimestamp: DateTime64(3)}
WHERE is_deleted = 0
