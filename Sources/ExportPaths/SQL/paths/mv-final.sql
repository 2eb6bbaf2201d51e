-- idea: the design document's proposal: read its materialized view with FINAL
-- keeps in memory: a block with all columns of every part that overlaps, while FINAL merges them
-- gets wrong: uses updated_at, so an older version remains if that disagrees with event_ts or ties out of order; before ClickHouse 26.3, a stale row where start_time left the window over the edge of a month; it lacks environment, parent_observation_id, version, prompt_name, prompt_version, event_ts
-- reads: observations_export_mv
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
