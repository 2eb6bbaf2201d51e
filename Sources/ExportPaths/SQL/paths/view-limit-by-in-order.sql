-- idea: LIMIT BY in the order of the view's sorting key, so that a version is compared with its neighbours as parts are merged and read
-- keeps in memory: a block with all columns of every part that overlaps, and the ids that have been returned
-- gets wrong: drops tombstones and what lies outside of the window before it de-duplicates, so deleted and moved observations come back in an older version; uses updated_at, as mv-final; ties are resolved at random
-- reads: observations_export_mv
SET optimize_read_in_order = 1;

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
ORDER BY project_id, id, updated_at DESC
LIMIT 1 BY project_id, id
