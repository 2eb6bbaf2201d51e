-- idea: the design document's current export, with the columns of its view: sort by id and version, keep the first of each id
-- keeps in memory: every row of the window with all its columns, until the last one is sorted
-- gets wrong: drops tombstones and what lies outside of the window before it de-duplicates, so deleted and moved observations come back in an older version; ties in event_ts are resolved at random
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
ORDER BY id, event_ts DESC
LIMIT 1 BY id
